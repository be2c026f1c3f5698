# frozen_string_literal: true

# Loads the whole of the generated client. A warning about one of its files, or about ours, is a failure; those about
# libraries are not ours. The generator writes `attr_accessor` and then a setter of the same name.
module Warning
  def self.warn(message, **)
    ours = message.start_with?("#{__dir__}/") && !message.match?(/method redefined|previous definition/)
    raise message if ours
  end
end

$LOAD_PATH.unshift("#{__dir__}/build/client/lib", "#{__dir__}/lib")
require 'coupon_api'
require 'coupon_outcome'
models = CouponApi.constants.map { |name| CouponApi.const_get(name) }
models.each { |model| model.openapi_types if model.respond_to?(:openapi_types) }

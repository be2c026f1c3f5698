# frozen_string_literal: true

# Calls the generated client with its defaults, and believes what it decodes: a caller for `coupon-contract judge-caller`.
require_relative 'check'
require 'uri'

address = URI(ENV.fetch('COUPON_URL'))
config = CouponApi::Configuration.new
config.scheme = address.scheme
config.host = "#{address.host}:#{address.port}"
config.base_path = address.path
config.username = ENV.fetch('COUPON_USER')
config.password = ENV.fetch('COUPON_PASSWORD')
API = CouponApi::IssuanceApi.new(CouponApi::ApiClient.new(config))

def issued(count)
  customer = CouponApi::CustomerReference.new(mobile: ENV.fetch('COUPON_MOBILE'))
  request = CouponApi::IssuanceRequest.new(series_id: ENV.fetch('COUPON_SERIES').to_i, customer: customer, count: count)
  coupons = API.issue_multiple_coupons(request)&.coupons || []
  ended = coupons.size == count ? 'issued' : coupons.empty? ? 'nothing-issued' : 'partly-issued'
  { end: ended, codes: coupons.map(&:code), ids: coupons.map { |coupon| coupon.coupon_id.to_s } }
rescue CouponApi::ApiError => e
  { end: e.code ? 'nothing-issued' : 'unknown' }
rescue StandardError
  { end: 'unknown' }
end

ENV.fetch('COUPON_CALLS', '1').to_i.times { puts JSON.generate(issued(ENV.fetch('COUPON_COUNT').to_i)) }

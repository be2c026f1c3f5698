# frozen_string_literal: true

# Makes the calls that standard input tells it, one JSON a line, each once, and reports the end of each.
require_relative 'check'
require 'timeout'
require 'uri'

def report(told)
  return { same: CouponOutcome.same_external_id?(told['left'], told['right']) } if told.key?('left')

  if told.key?('body')
    return reported(CouponOutcome::Outcome.new(told['status'], told['body'].unpack1('m'), told['requested']))
  end

  request = CouponApi::IssuanceRequest.build_from_hash(told['request'])
  outcome = issue(told, request)
  same = told['request']['customer'].any? { |type, identifier| outcome.same_customer?(type, identifier) }
  reported(outcome).merge(sameCustomer: same)
end

def reported(outcome)
  {
    end: outcome.end.to_s.tr('_', '-'),
    status: outcome.status,
    codes: outcome.coupons.map(&:code),
    ids: outcome.coupons.map(&:id),
    missing: outcome.missing,
    errors: outcome.errors,
    warnings: outcome.warnings,
    discountType: outcome.value('couponConfig', 'discountType'),
    details: {
      discountValue: outcome.value('couponConfig', 'discountValue'),
      fixedExpiryDate: outcome.value('couponConfig', 'fixedExpiryDate'),
      autoUpdateTime: outcome.value('customer', 'profiles', 0, 'autoUpdateTime')
    }
  }
end

# Makes the call with the generated client, told to return the text, which decides.
def issue(told, request)
  requested = request.count || 1
  # The timeout of the client is that of each read, and this one is that of the call.
  Timeout.timeout(told['timeoutMs'] / 1000.0) do
    status, headers, body = exchanged(client(told), request)
    CouponOutcome::Outcome.new(status, body, requested, whole: whole?(headers, body))
  end
rescue Timeout::Error, CouponApi::ApiError, Faraday::Error, IOError, SystemCallError # lost or late; may quote the response
  CouponOutcome::Outcome.new(0, '', requested, whole: false)
end

def exchanged(api, request)
  options = { debug_return_type: 'String', header_params: { 'Accept-Encoding' => 'identity' } }
  body, status, headers = api.issue_multiple_coupons_with_http_info(request, options)
  [status, headers, body.to_s] # nil for an empty one
rescue CouponApi::ApiError => e
  raise if e.code.nil? # no response

  [e.code, e.response_headers, e.response_body.to_s]
end

# Net::HTTP takes headers that end before their empty line for whole ones, and a body that ends before its Content-Length.
def whole?(headers, body)
  return false if headers.key?('Content-Encoding')

  headers['Transfer-Encoding'] == 'chunked' || headers['Content-Length'] == body.bytesize.to_s
end

def client(told)
  config = CouponApi::Configuration.new
  address = URI(told['url'])
  config.scheme = address.scheme
  config.host = "#{address.host}:#{address.port}"
  config.base_path = address.path
  config.username = told['user']
  config.password = told['password']
  config.timeout = told['timeoutMs'] / 1000.0
  CouponApi::IssuanceApi.new(CouponApi::ApiClient.new(config))
end

$stdout.sync = true
$stdin.each_line do |line|
  told = JSON.parse(line)
  puts JSON.generate({ name: told['name'] }.merge(report(told)))
end

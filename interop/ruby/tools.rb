# frozen_string_literal: true

# Prints the version of faraday; fails without what the generated client needs.
require 'faraday'
require 'marcel'

puts Faraday::VERSION

# frozen_string_literal: true

require 'set'
require 'strscan'

# Tells what became of an issuance, from the text of the response. Copy this file as it is; it needs Ruby 3.0 and nothing
# else.
#
# The rules are those of outcomes.toml. They are applied to the text, because JSON.parse drops all but the last value
# of a repeated key and makes floats of numbers before any rule could see them.
module CouponOutcome
  # generated from outcomes.toml: begin
  PROCESSED = 200
  UNAUTHENTICATED = 401
  ID_DIGITS = 40
  CODE_DIGITS = 15
  MOST_VALUES = 250000

  REJECTED = [400, 403, 405, 415, 429].freeze
  CERTAIN_REFUSALS = [677, 701, 707, 709, 712, 713, 742, 755, 756, 777, 5001, 5002, 5004, 5005].freeze
  DECIDING_KEYS = [
    "code",
    "couponId",
    "coupons",
    "errors",
    "failureCount",
    "status",
    "successCount",
    "totalCount",
    "warnings",
  ].freeze
  NAMING_KEYS = ["coupon", "couponcode", "couponcodes", "couponid", "couponids", "coupons"].freeze
  CODE_HOLDERS = ["coupon", "couponcode", "couponcodes", "coupons"].freeze
  MARKERS = ["<coupon", "\"coupon", "'coupon"].freeze

 # generated from outcomes.toml: end

  # A coupon. `id` is written in digits; nil where the text has none.
  Coupon = Struct.new(:code, :id)

  # What became of a call: `end` is :issued, :partly_issued, :refused, :rejected, :not_authenticated or :outcome_unknown.
  # The last means that coupons may exist: read back before you call again. Its lists are all that the text names. The three
  # before it mean that nothing was issued.
  class Outcome
    attr_reader :end, :status, :coupons, :missing, :errors, :warnings

    # @param status [Integer] the HTTP status; 0 when there is none
    # @param body [String] the bytes of the body, without its content encoding
    # @param requested [Integer] how many coupons were requested; 1 when the request left the count out
    # @param whole [Boolean] false when the body may be cut off, or was compressed in another way than in one gzip member
    def initialize(status, body, requested, whole: true)
      @facts = Facts.new(Text.new(body), requested)
      @status = status
      @end = whole ? decide : :outcome_unknown
      unknown = @end == :outcome_unknown
      named = unknown || %i[issued partly_issued].include?(@end)
      @coupons = named ? @facts.coupons : []
      @missing = @end == :partly_issued ? requested - @coupons.size : 0
      processed = %i[issued partly_issued refused].include?(@end)
      @errors = @facts.codes('errors', at_top: processed)
      @warnings = @facts.codes('warnings', at_top: processed)
    end

    # The value at a path below the top, as it is written; nil where there is none.
    def value(*path)
      @facts.value(path)
    end

    # Whether the response names the customer of the request: 'mobile', 'email' or 'externalId', and its value.
    def same_customer?(type, identifier)
      counted { |profile| value('customer', 'profiles', profile) }.any? do |profile|
        at = ['customer', 'profiles', profile, 'identifiers']
        counted { |index| value(*at, index, 'type') }.any? do |index|
          seen = value(*at, index, 'value') || ''
          same = type == 'externalId' ? CouponOutcome.same_external_id?(seen, identifier) : seen == identifier
          same && value(*at, index, 'type') == type
        end
      end
    end

    private

    def decide
      contradicted = @facts.speaks_of_coupons || @facts.foreign_code
      return :not_authenticated if @status == UNAUTHENTICATED && !contradicted
      return :rejected if REJECTED.include?(@status) && !contradicted
      return :outcome_unknown unless @status == PROCESSED && @facts.readable
      return @facts.all_named? ? :issued : :partly_issued if @facts.coupons_agree?

      !contradicted && @facts.refusal_proven? ? :refused : :outcome_unknown
    end

    def counted(&found)
      (0..).lazy.take_while(&found)
    end
  end

  # Whether two external ids are the same: they may come back padded with zeros.
  def self.same_external_id?(left, right)
    left.sub(/\A0+/, '') == right.sub(/\A0+/, '')
  end

  # The facts of the table about one text, and all that it names.
  class Facts
    LISTS = %w[errors warnings].freeze
    COUNTS = %w[successCount totalCount failureCount].freeze
    ROOT = 0
    attr_reader :coupons, :readable, :speaks_of_coupons, :foreign_code

    def initialize(text, requested)
      @nodes = text.nodes
      @requested = requested
      repeated = index_members
      @places = [:elsewhere]
      @nodes.drop(1).each { |node| @places << place(node) }
      @top = text.clean && @nodes[1]&.kind == '{' ? 1 : -1
      all = @nodes.each_index
      @coupons = all.select { |index| names_a_code?(index) }.map { |index| coupon(index) }
      @readable = @top > ROOT && !repeated && @nodes.all? { |node| node.intact || node.key != 'code' }
      marked = !text.clean && MARKERS.any? { |marker| text.lower.include?(marker) }
      @speaks_of_coupons = marked || !@coupons.empty? || all.any? { |index| claims?(index) }
      @foreign_code = all.any? { |index| foreign?(index) }
    end

    def coupons_agree?
      codes = entries('coupons').map { |index| only_code(index) }
      given = codes.size
      return false if given.zero? || given != @coupons.size || given > @requested || codes.include?('')

      codes.uniq.size == given && COUNTS.zip([given, @requested, @requested - given]).all? { |pair| count_agrees?(*pair) }
    end

    def all_named?
      @coupons.size == @requested
    end

    def refusal_proven?
      errors = entries('errors')
      !errors.empty? && errors.all? { |index| certain_refusal?(index) } && none?(member(@top, 'warnings') || ROOT) &&
        COUNTS.zip([0, @requested, @requested]).all? { |pair| count_is?(*pair) }
    end

    # The readable codes of `errors` or `warnings`, at the top or at any depth; an object for a list is its one entry.
    def codes(list, at_top:)
      listed = @nodes.each_index.select do |index|
        node = @nodes[index]
        parent = @nodes[node.parent] if index > ROOT
        (node.kind == '{' && node.key == list && !at_top) ||
          (parent && parent.kind == '[' && parent.key == list && (!at_top || parent.parent == @top))
      end
      listed.filter_map { |index| number(member(index, 'code'), CODE_DIGITS) }.map(&:to_i)
    end

    def value(path)
      index = @top if @top > ROOT
      path.each do |step|
        return nil if index.nil?

        listed = @nodes[index].kind == '[' ? @below[index] : []
        index = step.is_a?(String) ? member(index, step) : listed[step]
      end
      index && @nodes[index].text
    end

    private

    # Fills the first member of each object with each key, and what stands below each value; returns whether a deciding key
    # is repeated.
    def index_members
      @members = {}
      @below = Hash.new([].freeze)
      repeated = false
      @nodes.each_with_index do |node, index|
        (@below.key?(node.parent) ? @below[node.parent] : @below[node.parent] = []) << index
        next if node.key.nil?

        members = (@members[node.parent] ||= {})
        repeated ||= members.key?(node.key) && DECIDING_KEYS.include?(node.key)
        members[node.key] ||= index
      end
      repeated
    end

    # Where a value stands: the value of a key that holds codes, an entry of its list, below either, or elsewhere.
    def place(node)
      parent = @nodes[node.parent]
      place = @places[node.parent]
      return :holder if node.key && CODE_HOLDERS.include?(node.key.downcase(:ascii))
      return :holder if node.key == 'code' && coupon?(node.parent)
      return place == :holder ? :entry : place if parent.kind == '['
      return place if parent.kind != '{' || place == :elsewhere

      member(node.parent, 'code') || LISTS.include?(node.key) ? :elsewhere : :below
    end

    def names_a_code?(index)
      node = @nodes[index]
      return false if !scalar?(node) || node.text.empty? || @below.key?(index)
      return coupon?(node.parent) if node.key == 'code'

      @places[index] == :entry || (@places[index] != :elsewhere && node.kind == 'text')
    end

    def scalar?(node)
      %w[text number].include?(node.kind)
    end

    def coupon?(index)
      @places[index] != :elsewhere || !member(index, 'couponId').nil?
    end

    def coupon(index)
      node = @nodes[index]
      id = member(node.parent, 'couponId') if node.key == 'code'
      Coupon.new(node.text, number(id, ID_DIGITS))
    end

    def only_code(index)
      code = @nodes[member(index, 'code') || ROOT]
      code.kind == 'text' ? code.text : ''
    end

    def claims?(index)
      key = @nodes[index].key&.downcase(:ascii)
      return false if key.nil?
      return !none?(index) && number(index, ID_DIGITS) != '0' if key == 'successcount'
      return counts_some?(@nodes[index].parent) if key == 'totalcount'

      NAMING_KEYS.include?(key) && !none?(index)
    end

    # Whether an object counts other than as many failures as coupons asked for.
    def counts_some?(index)
      total, failed = %w[totalCount failureCount].map { |name| number(member(index, name), ID_DIGITS) }
      @top > ROOT && !total.nil? && !failed.nil? && total != failed
    end

    def foreign?(index)
      node = @nodes[index]
      return false if node.key != 'code' || !scalar?(node) || coupon?(node.parent)

      number = CouponOutcome.integer(node.text, CODE_DIGITS)
      return node.kind == 'number' if number.nil?

      ![*CERTAIN_REFUSALS, *REJECTED, UNAUTHENTICATED].include?(number.to_i)
    end

    def count_agrees?(name, meant)
      node = @nodes[member(@top, name) || ROOT]
      return true unless scalar?(node)

      number = CouponOutcome.integer(node.text, ID_DIGITS)
      number == meant.to_s || (number.nil? && node.kind == 'text')
    end

    def count_is?(name, meant)
      index = member(@top, name)
      index.nil? || @nodes[index].kind == 'null' || number(index, ID_DIGITS) == meant.to_s
    end

    def certain_refusal?(index)
      status = member(index, 'status') || ROOT
      denies = status == ROOT || %w[false null].include?(@nodes[status].kind)
      code = number(member(index, 'code'), CODE_DIGITS)
      denies && !code.nil? && CERTAIN_REFUSALS.include?(code.to_i)
    end

    # Null, an empty list, or the text as a whole, which stands for a member that is missing.
    def none?(index)
      kind = @nodes[index].kind
      index == ROOT || kind == 'null' || (kind == '[' && !@below.key?(index))
    end

    def entries(key)
      list = member(@top, key) || ROOT
      @nodes[list].kind == '[' ? @below[list] : []
    end

    def member(index, key)
      @members[index]&.[](key)
    end

    def number(index, digits)
      node = @nodes[index || ROOT]
      CouponOutcome.integer(node.text, digits) if node.kind == 'number'
    end
  end

  NUMBER = /\A(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?\z/

  # The integer that a number is, in plain digits: 1.5E1 is 15. Nil for a fraction, and for too many digits.
  def self.integer(number, digits)
    sign, whole, fraction, exponent = NUMBER.match(number)&.captures
    return nil if whole.nil?

    significant = "#{whole}#{fraction}".sub(/\A0+/, '')
    return '0' if significant.empty?
    return nil if exponent && exponent.size > 5

    stripped = significant.sub(/0+\z/, '')
    zeros = exponent.to_i - fraction.to_s.size + significant.size - stripped.size
    zeros.negative? || stripped.size + zeros > digits ? nil : sign + stripped + ('0' * zeros)
  end

  # A value: the index of its parent, its key if it has one, its kind (text, number, true, false, null, { or [), and its text,
  # of a number as written. `intact` is false for a text with a lone surrogate, which is replaced.
  Node = Struct.new(:parent, :key, :kind, :text, :intact)

  # The text of a body as a flat list of its values, in the order of the text and without loss; the first stands for the text
  # itself. It goes on behind what is no JSON; `clean` is false then.
  class Text
    ESCAPES = { '"' => '"', '\\' => '\\', '/' => '/', 'b' => "\b", 'f' => "\f", 'n' => "\n", 'r' => "\r", 't' => "\t" }.freeze
    REPLACEMENT = "\uFFFD"
    LITERALS = %w[true false null].freeze
    attr_reader :nodes, :clean

    def initialize(body)
      @nodes = [Node.new(-1, nil, '', '', true)]
      @text = decoded(body)
      @clean = scan(@text, 0) && @clean
      index = 0
      while (node = @nodes[index += 1]) # JSON inside a text
        scan(node.text, index) if node.kind == 'text' && node.text.start_with?('{', '[')
      end
    end

    def lower
      @text.downcase(:ascii)
    end

    private

    def decoded(body)
      text = body.b.delete_prefix("\xEF\xBB\xBF".b).force_encoding(Encoding::UTF_8)
      @clean = text.valid_encoding? && !text.include?("\0")
      text = text.scrub(REPLACEMENT).gsub(/\uFFFD+/, REPLACEMENT) unless text.valid_encoding? # decoders differ in how many
      text.delete("\0") # as in UTF-16
    end

    # Appends the values of a text below `root`; returns whether it is one JSON value.
    def scan(text, root)
      input = StringScanner.new(text)
      clean = true
      open = [root]
      before = :start
      key = nil
      add = lambda do |kind, value = '', intact = true|
        @nodes << Node.new(open.last, key, kind, value, intact)
        key = nil
      end
      until input.skip(/[ \t\r\n]*+/) && input.eos?
        return false if @nodes.size > MOST_VALUES

        top = open.size > 1 ? @nodes[open.last].kind : ''
        expected = case top
                   when '[' then %i[opened comma].include?(before)
                   when '{' then before == :key
                   else before == :start
                   end
        if input.skip(/"/)
          quoted = input.scan(/(?:[^"\\]++|\\.)*+"/m)
          return false if quoted.nil? # a text without an end, which is not guessed

          value, intact, proper = unescaped(quoted.chop)
          if input.skip(/[ \t\r\n]*+:/)
            clean &&= proper && intact && top == '{' && %i[opened comma].include?(before)
            key = value
            before = :key
            next
          end
          clean &&= proper && expected
          add.call('text', value, intact) if top != '{' || before == :key # else it is a key without its colon
          before = :value
        elsif (letter = input.scan(/[{\[]/))
          clean &&= expected
          add.call(letter)
          open << (@nodes.size - 1)
          before = :opened
        elsif (letter = input.scan(/[}\]]/))
          clean &&= top == (letter == '}' ? '{' : '[') && %i[opened value].include?(before)
          open.pop if open.size > 1
          key = nil
          before = :value
        elsif input.skip(/,/)
          clean &&= open.size > 1 && before == :value
          key = nil
          before = :comma
        elsif (word = input.scan(/[-+.0-9A-Za-z]++/))
          if input.eos? && open.size > 1
            add.call('number') # it may go on, so it is there and has no value
            return false
          end
          kind = LITERALS.include?(word) ? word : 'number'
          clean &&= expected && (kind != 'number' || NUMBER.match?(word))
          add.call(kind, word)
          before = :value
        else
          clean = false
          input.getch
        end
      end
      clean && open.size == 1 && before == :value
    end

    # A text without its escapes, whether it had no lone surrogate, which is replaced, and whether it was proper JSON.
    def unescaped(quoted)
      proper = !quoted.match?(/[\x00-\x1f]/)
      return [quoted, true, proper] unless quoted.include?('\\')

      intact = true
      text = quoted.gsub(/\\u(d[89ab]\h{2})\\u(d[c-f]\h{2})|\\(u\h{4}|.)/mi) do
        high, low, name = Regexp.last_match.captures
        if high
          [0x10000 + ((high.hex - 0xD800) << 10) + low.hex - 0xDC00].pack('U')
        elsif name.size == 5 && (0xD800..0xDFFF).cover?(name[1..].hex)
          intact = false
          REPLACEMENT
        elsif name.size == 5
          [name[1..].hex].pack('U')
        else
          proper &&= ESCAPES.key?(name)
          ESCAPES.fetch(name, name)
        end
      end
      [text, intact, proper]
    end
  end
end

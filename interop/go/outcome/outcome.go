// Package outcome tells what became of an issuance, from the text of the response. Copy this folder as it is; it needs
// nothing but the standard library.
//
// The rules are those of outcomes.toml. They are applied to the text, because encoding/json drops all but the last
// value of a repeated key, ignores the case of keys and fills in zeros before any rule could see the difference.
package outcome

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// generated from outcomes.toml: begin
const processed = 200
const unauthenticated = 401
const idDigits = 40
const codeDigits = 15
const mostValues = 250000

var rejected = []int64{400, 403, 405, 415, 429}
var certainRefusals = []int64{
	677,
	701,
	707,
	709,
	712,
	713,
	742,
	755,
	756,
	777,
	5001,
	5002,
	5004,
	5005,
}
var decidingKeys = []string{
	"code",
	"couponId",
	"coupons",
	"errors",
	"failureCount",
	"status",
	"successCount",
	"totalCount",
	"warnings",
}
var namingKeys = []string{"coupon", "couponcode", "couponcodes", "couponid", "couponids", "coupons"}
var codeHolders = []string{"coupon", "couponcode", "couponcodes", "coupons"}
var markers = []string{"<coupon", "\"coupon", "'coupon"}

// generated from outcomes.toml: end

// End is one of the ways in which a call of the issuing operation ends.
type End string

const (
	Issued           End = "issued"
	PartlyIssued     End = "partly-issued"
	Refused          End = "refused"           // nothing was issued, Errors say why, all of them certain refusals
	Rejected         End = "rejected"          // nothing was issued, Status says why
	NotAuthenticated End = "not-authenticated" // nothing was issued
	Unknown          End = "outcome-unknown"   // coupons may exist: read back before you call again
)

// Coupon is one coupon. ID is written in digits, because no type of number holds every id; empty where there is none.
type Coupon struct{ Code, ID string }

// Outcome is what a call came to. With Unknown, Coupons, Errors and Warnings are all that the text names.
type Outcome struct {
	End              End
	Status           int
	Coupons          []Coupon
	Missing          int
	Errors, Warnings []int64
	facts            *facts
}

type node struct {
	parent int
	key    string
	keyed  bool
	kind   kind
	text   string
	intact bool
}

type kind byte

const (
	whole  kind = 0
	text   kind = '"'
	number kind = '0'
	yes    kind = 't'
	no     kind = 'f'
	null   kind = 'n'
	object kind = '{'
	list   kind = '['
)

type place byte

const (
	elsewhere place = iota
	holder          // the value of a key that holds codes
	entry           // an entry of its list
	below           // below either
)

type before byte

const (
	start before = iota
	opened
	afterKey
	comma
	value
)

const root = 0

var (
	lists       = []string{"errors", "warnings"}
	counts      = []string{"successCount", "totalCount", "failureCount"}
	numberRule  = regexp.MustCompile(`^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?$`)
	replaced    = regexp.MustCompile("\uFFFD+")
	escapes     = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}
	literals    = map[string]kind{"true": yes, "false": no, "null": null}
	hexadecimal = "0123456789abcdefABCDEF"
)

// Of tells what became of a call that requested so many coupons, 1 when it left the count out. The body is without its
// content encoding; complete is false when it may be cut off, or was compressed in another way than in one gzip member.
func Of(status int, body []byte, requested int, complete bool) Outcome {
	decoded, clean := decode(body)
	nodes := []node{{parent: -1}}
	clean = scan(decoded, &nodes, root) && clean
	for index := 1; index < len(nodes); index++ {
		if inside := nodes[index]; inside.kind == text && (strings.HasPrefix(inside.text, "{") || strings.HasPrefix(inside.text, "[")) {
			scan(inside.text, &nodes, index) // JSON inside a text
		}
	}
	facts := factsOf(nodes, clean, decoded, requested)
	contradicted := facts.speaksOfCoupons || facts.foreignCode
	made := Outcome{End: Unknown, Status: status, facts: facts}
	switch {
	case complete && status == unauthenticated && !contradicted:
		made.End = NotAuthenticated
	case complete && slices.Contains(rejected, int64(status)) && !contradicted:
		made.End = Rejected
	case complete && status == processed && facts.readable && facts.couponsAgree():
		made.Missing = requested - len(facts.coupons)
		made.End = Issued
		if made.Missing > 0 {
			made.End = PartlyIssued
		}
	case complete && status == processed && facts.readable && !contradicted && facts.refusalProven():
		made.End = Refused
	}
	made.Coupons = facts.coupons
	read := made.End == Issued || made.End == PartlyIssued || made.End == Refused
	made.Errors = facts.codes("errors", read)
	made.Warnings = facts.codes("warnings", read)
	return made
}

// Value is the value at a path of keys and indexes below the top, as it is written.
func (outcome Outcome) Value(path ...any) (string, bool) {
	index := outcome.facts.top
	for _, step := range path {
		next := -1
		switch step := step.(type) {
		case string:
			next = outcome.facts.member(index, step)
		case int:
			if children := outcome.facts.entriesOf(index); step < len(children) {
				next = children[step]
			}
		}
		if next <= root {
			return "", false
		}
		index = next
	}
	if index <= root {
		return "", false
	}
	return outcome.facts.nodes[index].text, true
}

// SameCustomer tells whether the response names the customer with this identifier: mobile, email or externalId.
// External ids may come back padded with zeros.
func (outcome Outcome) SameCustomer(kind, identifier string) bool {
	for profile := 0; ; profile++ {
		if _, there := outcome.Value("customer", "profiles", profile); !there {
			return false
		}
		for index := 0; ; index++ {
			theirs, there := outcome.Value("customer", "profiles", profile, "identifiers", index, "type")
			if !there {
				break
			}
			value, _ := outcome.Value("customer", "profiles", profile, "identifiers", index, "value")
			if theirs == kind && (value == identifier || (kind == "externalId" && SameExternalID(value, identifier))) {
				return true
			}
		}
	}
}

// SameExternalID compares without leading zeros: an external id may come back padded.
func SameExternalID(left, right string) bool {
	return strings.TrimLeft(left, "0") == strings.TrimLeft(right, "0")
}

// facts are the facts of the table about one text, and all that it names.
type facts struct {
	nodes           []node
	requested       int
	members         map[memberName]int // the first member of each object with each key
	parents         map[int]bool
	places          []place
	top             int
	coupons         []Coupon
	readable        bool
	speaksOfCoupons bool
	foreignCode     bool
}

type memberName struct {
	parent int
	key    string
}

func factsOf(nodes []node, clean bool, decoded string, requested int) *facts {
	made := &facts{nodes: nodes, requested: requested, members: map[memberName]int{}, parents: map[int]bool{}, top: -1}
	repeated, intact := false, true
	for index, each := range nodes {
		made.parents[each.parent] = true
		if !each.keyed {
			continue
		}
		name := memberName{each.parent, each.key}
		if _, there := made.members[name]; !there {
			made.members[name] = index
		} else if slices.Contains(decidingKeys, each.key) {
			repeated = true
		}
		intact = intact && (each.intact || each.key != "code")
	}
	made.places = []place{elsewhere}
	for _, each := range nodes[1:] {
		made.places = append(made.places, made.place(each))
	}
	if clean && nodes[1].kind == object {
		made.top = 1
	}
	lower := strings.ToLower(decoded)
	for _, marker := range markers {
		made.speaksOfCoupons = made.speaksOfCoupons || (!clean && strings.Contains(lower, marker))
	}
	for index := range nodes {
		if made.namesACode(index) {
			made.coupons = append(made.coupons, made.coupon(index))
		}
		made.speaksOfCoupons = made.speaksOfCoupons || made.claims(index)
		made.foreignCode = made.foreignCode || made.isForeign(index)
	}
	made.speaksOfCoupons = made.speaksOfCoupons || len(made.coupons) > 0
	made.readable = made.top > root && !repeated && intact
	return made
}

func (facts *facts) couponsAgree() bool {
	given := 0
	seen := map[string]bool{"": true}
	for _, index := range facts.entries("coupons") {
		code := facts.nodes[max(facts.member(index, "code"), root)]
		if code.kind != text || seen[code.text] {
			return false
		}
		seen[code.text] = true
		given++
	}
	return given > 0 && given == len(facts.coupons) && given <= facts.requested &&
		facts.all(facts.countAgrees, given, facts.requested, facts.requested-given)
}

func (facts *facts) refusalProven() bool {
	errors := facts.entries("errors")
	for _, index := range errors {
		if !facts.isCertainRefusal(index) {
			return false
		}
	}
	return len(errors) > 0 && facts.isNone(max(facts.member(facts.top, "warnings"), root)) &&
		facts.all(facts.countIs, 0, facts.requested, facts.requested)
}

// codes are the readable codes of errors or warnings, at the top or at any depth; an object for a list is its one entry.
func (facts *facts) codes(name string, atTop bool) []int64 {
	var codes []int64
	for index, each := range facts.nodes {
		single := each.kind == object && each.keyed && each.key == name && !atTop
		among := false
		if each.parent > root {
			parent := facts.nodes[each.parent]
			among = parent.kind == list && parent.keyed && parent.key == name && (!atTop || parent.parent == facts.top)
		}
		if single || among {
			if code, there := facts.number(facts.member(index, "code"), codeDigits); there {
				parsed, _ := strconv.ParseInt(code, 10, 64)
				codes = append(codes, parsed)
			}
		}
	}
	return codes
}

func (facts *facts) place(of node) place {
	parent, above := facts.nodes[of.parent], facts.places[of.parent]
	switch {
	case of.keyed && slices.Contains(codeHolders, strings.ToLower(of.key)), of.key == "code" && facts.isCoupon(of.parent):
		return holder
	case parent.kind == list && above == holder:
		return entry
	case parent.kind != object || above == elsewhere:
		return above
	case facts.member(of.parent, "code") >= 0 || slices.Contains(lists, of.key):
		return elsewhere
	}
	return below
}

func (facts *facts) namesACode(index int) bool {
	each := facts.nodes[index]
	if (each.kind != text && each.kind != number) || each.text == "" || facts.parents[index] {
		return false
	}
	if each.keyed && each.key == "code" {
		return facts.isCoupon(each.parent)
	}
	return facts.places[index] == entry || (facts.places[index] != elsewhere && each.kind == text)
}

func (facts *facts) isCoupon(index int) bool {
	return facts.places[index] != elsewhere || facts.member(index, "couponId") >= 0
}

func (facts *facts) coupon(index int) Coupon {
	each := facts.nodes[index]
	if each.key != "code" {
		return Coupon{Code: each.text}
	}
	id, _ := facts.number(facts.member(each.parent, "couponId"), idDigits)
	return Coupon{each.text, id}
}

func (facts *facts) claims(index int) bool {
	each := facts.nodes[index]
	key := strings.ToLower(each.key)
	if !each.keyed || facts.isNone(index) {
		return false
	}
	if key == "successcount" {
		count, _ := facts.number(index, idDigits)
		return count != "0"
	}
	if key == "totalcount" {
		return facts.countsSome(each.parent)
	}
	return slices.Contains(namingKeys, key)
}

// countsSome is true for an object that counts other than as many failures as coupons asked for.
func (facts *facts) countsSome(index int) bool {
	total, counted := facts.number(facts.member(index, "totalCount"), idDigits)
	failed, there := facts.number(facts.member(index, "failureCount"), idDigits)
	return facts.top > root && counted && there && total != failed
}

func (facts *facts) isForeign(index int) bool {
	each := facts.nodes[index]
	if !each.keyed || each.key != "code" || (each.kind != text && each.kind != number) || facts.isCoupon(each.parent) {
		return false
	}
	code, there := integer(each.text, codeDigits)
	if !there {
		return each.kind == number
	}
	parsed, _ := strconv.ParseInt(code, 10, 64)
	return parsed != unauthenticated && !slices.Contains(certainRefusals, parsed) && !slices.Contains(rejected, parsed)
}

func (facts *facts) all(check func(string, string) bool, meant ...int) bool {
	for index, name := range counts {
		if !check(name, strconv.Itoa(meant[index])) {
			return false
		}
	}
	return true
}

func (facts *facts) countAgrees(name, meant string) bool {
	each := facts.nodes[max(facts.member(facts.top, name), root)]
	if each.kind != text && each.kind != number {
		return true
	}
	count, there := integer(each.text, idDigits)
	return (there && count == meant) || (!there && each.kind == text)
}

func (facts *facts) countIs(name, meant string) bool {
	index := facts.member(facts.top, name)
	if index < 0 || facts.nodes[index].kind == null {
		return true
	}
	count, there := facts.number(index, idDigits)
	return there && count == meant
}

func (facts *facts) isCertainRefusal(index int) bool {
	code, there := facts.number(facts.member(index, "code"), codeDigits)
	parsed, _ := strconv.ParseInt(code, 10, 64)
	denies := slices.Contains([]kind{whole, null, no}, facts.nodes[max(facts.member(index, "status"), root)].kind)
	return there && denies && slices.Contains(certainRefusals, parsed)
}

// isNone is true for null, an empty list, and the text as a whole, which stands for a member that is missing.
func (facts *facts) isNone(index int) bool {
	kind := facts.nodes[index].kind
	return index == root || kind == null || (kind == list && !facts.parents[index])
}

func (facts *facts) entries(key string) []int {
	return facts.entriesOf(max(facts.member(facts.top, key), root))
}

func (facts *facts) entriesOf(index int) []int {
	var entries []int
	if index <= root || facts.nodes[index].kind != list {
		return entries
	}
	for child, each := range facts.nodes {
		if each.parent == index {
			entries = append(entries, child)
		}
	}
	return entries
}

func (facts *facts) member(index int, key string) int {
	if found, there := facts.members[memberName{index, key}]; there {
		return found
	}
	return -1
}

func (facts *facts) number(index, digits int) (string, bool) {
	if index < 0 || facts.nodes[index].kind != number {
		return "", false
	}
	return integer(facts.nodes[index].text, digits)
}

// decode returns the text of a body, also of one that is no UTF-8, and whether it was clean.
func decode(body []byte) (string, bool) {
	decoded, clean := string(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))), true
	if !utf8.ValidString(decoded) {
		decoded, clean = replaced.ReplaceAllString(strings.ToValidUTF8(decoded, "\uFFFD"), "\uFFFD"), false
	}
	if strings.Contains(decoded, "\x00") { // as in UTF-16
		decoded, clean = strings.ReplaceAll(decoded, "\x00", ""), false
	}
	return decoded, clean
}

// scan appends the nodes of a text below one, going on behind what is no JSON; it returns whether it is one JSON value.
func scan(from string, nodes *[]node, under int) bool {
	clean, before, open := true, start, []int{under}
	key, keyed := "", false
	add := func(kind kind, value string, intact bool) {
		*nodes = append(*nodes, node{open[len(open)-1], key, keyed, kind, value, intact})
		key, keyed = "", false
	}
	for at := 0; at < len(from); {
		letter := from[at]
		if isSpace(letter) {
			at++
			continue
		}
		if len(*nodes) > mostValues {
			return false
		}
		top, expected := whole, before == start
		if len(open) > 1 {
			top = (*nodes)[open[len(open)-1]].kind
			expected = (top == list && (before == opened || before == comma)) || (top == object && before == afterKey)
		}
		switch {
		case letter == '"':
			end := endOfText(from, at+1)
			if end < 0 {
				return false // a text without an end, which is not guessed
			}
			decoded, intact, proper := unescaped(from[at+1 : end])
			at = end + 1
			next := at
			for next < len(from) && isSpace(from[next]) {
				next++
			}
			if next < len(from) && from[next] == ':' {
				clean = clean && proper && intact && top == object && (before == opened || before == comma)
				key, keyed, before, at = decoded, true, afterKey, next+1
				continue
			}
			clean = clean && proper && expected
			if top != object || before == afterKey { // else it is a key without its colon
				add(text, decoded, intact)
			}
			before = value
		case letter == '{' || letter == '[':
			clean = clean && expected
			add(kind(letter), "", true)
			open = append(open, len(*nodes)-1)
			before = opened
			at++
		case letter == '}' || letter == ']':
			clean = clean && top == map[byte]kind{'}': object, ']': list}[letter] && (before == opened || before == value)
			if len(open) > 1 {
				open = open[:len(open)-1]
			}
			key, keyed, before = "", false, value
			at++
		case letter == ',':
			clean = clean && len(open) > 1 && before == value
			key, keyed, before = "", false, comma
			at++
		case isWord(letter):
			end := at
			for end < len(from) && isWord(from[end]) {
				end++
			}
			if end == len(from) && len(open) > 1 {
				add(number, "", true) // it may go on, so it is there and has no value
				return false
			}
			word := from[at:end]
			literal, there := literals[word]
			if !there {
				literal = number
			}
			clean = clean && expected && (there || numberRule.MatchString(word))
			add(literal, word, true)
			before, at = value, end
		default:
			clean = false
			at++
		}
	}
	return clean && len(open) == 1 && before == value
}

func isSpace(letter byte) bool {
	return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n'
}

func isWord(letter byte) bool {
	return letter == '-' || letter == '+' || letter == '.' || (letter >= '0' && letter <= '9') ||
		(letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z')
}

func endOfText(from string, at int) int {
	for ; at < len(from); at++ {
		switch from[at] {
		case '\\':
			at++
		case '"':
			return at
		}
	}
	return -1
}

// unescaped returns a text without its escapes, whether it had no lone surrogate, which is replaced, and whether it was
// proper JSON.
func unescaped(quoted string) (decoded string, intact, proper bool) {
	proper = !strings.ContainsFunc(quoted, func(letter rune) bool { return letter < ' ' })
	if !strings.Contains(quoted, `\`) {
		return quoted, true, proper
	}
	var units []uint16
	for at := 0; at < len(quoted); {
		if quoted[at] != '\\' {
			letter, size := utf8.DecodeRuneInString(quoted[at:])
			units = utf16.AppendRune(units, letter)
			at += size
			continue
		}
		at++
		if escaped, there := escapes[quoted[at]]; there {
			units = append(units, uint16(escaped))
			at++
		} else if quoted[at] == 'u' && len(quoted) >= at+5 && strings.Trim(quoted[at+1:at+5], hexadecimal) == "" {
			unit, _ := strconv.ParseUint(quoted[at+1:at+5], 16, 16)
			units = append(units, uint16(unit))
			at += 5
		} else {
			proper = false
		}
	}
	intact = true
	for at := 0; at < len(units); at++ {
		if !utf16.IsSurrogate(rune(units[at])) {
			continue
		}
		if at+1 < len(units) && utf16.DecodeRune(rune(units[at]), rune(units[at+1])) != utf8.RuneError {
			at++
		} else {
			intact = false
		}
	}
	return string(utf16.Decode(units)), intact, proper
}

// integer returns the integer that a number is, in plain digits: 1.5E1 is 15; none for a fraction or too many digits.
func integer(written string, digits int) (string, bool) {
	parts := numberRule.FindStringSubmatch(written)
	if parts == nil {
		return "", false
	}
	significant := strings.TrimLeft(parts[2]+parts[3], "0")
	if significant == "" {
		return "0", true
	}
	if len(parts[4]) > 5 {
		return "", false
	}
	exponent, _ := strconv.Atoi(parts[4])
	stripped := strings.TrimRight(significant, "0")
	zeros := exponent - len(parts[3]) + len(significant) - len(stripped)
	if zeros < 0 || len(stripped)+zeros > digits {
		return "", false
	}
	return parts[1] + stripped + strings.Repeat("0", zeros), true
}

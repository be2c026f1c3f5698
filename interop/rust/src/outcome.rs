//! Tells what became of an issuance, from the text of the response. Copy this file as it is; it needs only `std`.
//!
//! The rules are those of outcomes.toml. They are applied to the text, because serde drops repeated keys or fails on
//! them, and rounds numbers that its types cannot hold, before any rule could see the difference.

use std::collections::{HashMap, HashSet};

// generated from outcomes.toml: begin
const PROCESSED: usize = 200;
const UNAUTHENTICATED: usize = 401;
const ID_DIGITS: usize = 40;
const CODE_DIGITS: usize = 15;
const MOST_VALUES: usize = 250000;

const REJECTED: [i64; 5] = [400, 403, 405, 415, 429];
const CERTAIN_REFUSALS: [i64; 14] = [
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
];
const DECIDING_KEYS: [&str; 9] = [
    "code",
    "couponId",
    "coupons",
    "errors",
    "failureCount",
    "status",
    "successCount",
    "totalCount",
    "warnings",
];
const NAMING_KEYS: [&str; 6] = [
    "coupon",
    "couponcode",
    "couponcodes",
    "couponid",
    "couponids",
    "coupons",
];
const CODE_HOLDERS: [&str; 4] = ["coupon", "couponcode", "couponcodes", "coupons"];
const MARKERS: [&str; 3] = ["<coupon", "\"coupon", "'coupon"];

// generated from outcomes.toml: end

/// The ways in which a call ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    Issued,
    PartlyIssued,
    /// Nothing was issued; `errors` say why, all of them certain refusals.
    Refused,
    /// Nothing was issued; `status` says why.
    Rejected,
    /// Nothing was issued.
    NotAuthenticated,
    /// Coupons may exist: read back before you call again. The lists are all that the text names.
    Unknown,
}

/// A coupon; the id is written in digits, because no primitive type holds every id.
pub struct Coupon {
    pub code: String,
    pub id: Option<String>,
}

/// What became of a call.
pub struct Outcome {
    pub end: End,
    pub status: u16,
    pub coupons: Vec<Coupon>,
    pub missing: usize,
    pub errors: Vec<i64>,
    pub warnings: Vec<i64>,
    facts: Facts,
}

/// A step of a path: a key, or an index.
pub enum Step<'a> {
    Key(&'a str),
    At(usize),
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Whole,
    Text,
    Number,
    True,
    False,
    Null,
    Object,
    List,
}

#[derive(Clone, Copy, PartialEq)]
enum Before {
    Start,
    Opened,
    Key,
    Comma,
    Value,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Elsewhere,
    Holder,
    Entry,
    Below,
}

struct Node {
    parent: usize,
    key: Option<String>,
    kind: Kind,
    text: String,
    intact: bool,
}

const ROOT: usize = 0;
const NOWHERE: usize = usize::MAX;
const LISTS: [&str; 2] = ["errors", "warnings"];
const COUNTS: [&str; 3] = ["successCount", "totalCount", "failureCount"];
const REPLACEMENT: char = '\u{FFFD}';

/// The outcome of a call that requested so many coupons, 1 when it left the count out. The body is without its content
/// encoding; `whole` is false when it may be cut off, or was compressed in another way than in one gzip member.
pub fn outcome(status: u16, body: &[u8], requested: usize, whole: bool) -> Outcome {
    let (text, proper) = decode(body);
    let mut nodes = vec![Node { parent: NOWHERE, key: None, kind: Kind::Whole, text: String::new(), intact: true }];
    let clean = scan(&text, &mut nodes, ROOT) && proper;
    let mut index = 1;
    while index < nodes.len() {
        if nodes[index].kind == Kind::Text && nodes[index].text.starts_with(['{', '[']) {
            let inside = nodes[index].text.clone();
            scan(&inside, &mut nodes, index); // JSON inside a text
        }
        index += 1;
    }
    let facts = Facts::new(nodes, clean, requested);
    let coupons: Vec<Coupon> = facts.all().filter(|&index| facts.names_a_code(index)).map(|index| facts.coupon(index)).collect();
    let lower = text.to_lowercase();
    let speaks_of_coupons = !coupons.is_empty()
        || facts.all().any(|index| facts.claims(index))
        || (!clean && MARKERS.iter().any(|marker| lower.contains(marker)));
    let contradicted = speaks_of_coupons || facts.all().any(|index| facts.is_foreign(index));
    let code = usize::from(status);
    let readable = whole && code == PROCESSED && facts.readable;
    let agree = readable && facts.coupons_agree(coupons.len());
    let end = if whole && code == UNAUTHENTICATED && !contradicted {
        End::NotAuthenticated
    } else if whole && REJECTED.contains(&i64::from(status)) && !contradicted {
        End::Rejected
    } else if agree {
        if coupons.len() == requested { End::Issued } else { End::PartlyIssued }
    } else if readable && !contradicted && facts.refusal_proven() {
        End::Refused
    } else {
        End::Unknown
    };
    let missing = if agree { requested - coupons.len() } else { 0 };
    let processed = matches!(end, End::Issued | End::PartlyIssued | End::Refused);
    let (errors, warnings) = (facts.codes("errors", processed), facts.codes("warnings", processed));
    Outcome { end, status, coupons, missing, errors, warnings, facts }
}

impl End {
    /// The word of the test vectors.
    pub fn word(self) -> &'static str {
        match self {
            End::Issued => "issued",
            End::PartlyIssued => "partly-issued",
            End::Refused => "refused",
            End::Rejected => "rejected",
            End::NotAuthenticated => "not-authenticated",
            End::Unknown => "outcome-unknown",
        }
    }
}

impl Outcome {
    /// The value at a path below the top, as it is written.
    pub fn value(&self, path: &[Step]) -> Option<&str> {
        let mut index = self.facts.top;
        for step in path {
            index = match step {
                Step::Key(key) => self.facts.member(index, key)?,
                Step::At(place) => *self.facts.entries_of(index).get(*place)?,
            };
        }
        self.facts.nodes.get(index).map(|node| node.text.as_str())
    }

    /// Whether the response names the customer with this identifier: `mobile`, `email` or `externalId`. External ids may
    /// come back padded with zeros.
    pub fn same_customer(&self, kind: &str, identifier: &str) -> bool {
        let at = |profile, index, name| {
            use Step::{At, Key};
            self.value(&[Key("customer"), Key("profiles"), At(profile), Key("identifiers"), At(index), Key(name)])
        };
        let there = |profile: &usize| {
            self.value(&[Step::Key("customer"), Step::Key("profiles"), Step::At(*profile)]).is_some()
        };
        (0..).take_while(there).any(|profile| {
            (0..).take_while(|&index| at(profile, index, "type").is_some()).any(|index| {
                let value = at(profile, index, "value").unwrap_or_default();
                let padded = kind == "externalId" && same_external_id(value, identifier);
                at(profile, index, "type") == Some(kind) && (value == identifier || padded)
            })
        })
    }
}

/// Compares without leading zeros: an external id may come back padded.
pub fn same_external_id(left: &str, right: &str) -> bool {
    left.trim_start_matches('0') == right.trim_start_matches('0')
}

/// The facts of the table about one text.
struct Facts {
    nodes: Vec<Node>,
    requested: usize,
    members: HashMap<(usize, String), usize>,
    parents: HashSet<usize>,
    places: Vec<Place>,
    top: usize,
    readable: bool,
}

impl Facts {
    fn new(nodes: Vec<Node>, clean: bool, requested: usize) -> Facts {
        let mut repeated = false;
        let mut members = HashMap::new();
        for (index, node) in nodes.iter().enumerate() {
            if let Some(key) = &node.key {
                if members.contains_key(&(node.parent, key.clone())) {
                    repeated |= DECIDING_KEYS.contains(&key.as_str());
                } else {
                    members.insert((node.parent, key.clone()), index);
                }
            }
        }
        let intact = nodes.iter().all(|node| node.intact || node.key.as_deref() != Some("code"));
        let parents = nodes.iter().map(|node| node.parent).collect();
        let top = if clean && nodes[1].kind == Kind::Object { 1 } else { NOWHERE };
        let readable = top != NOWHERE && !repeated && intact;
        let mut facts = Facts { nodes, requested, members, parents, places: vec![Place::Elsewhere], top, readable };
        for index in 1..facts.nodes.len() {
            let place = facts.place(&facts.nodes[index]);
            facts.places.push(place);
        }
        facts
    }

    fn coupons_agree(&self, named: usize) -> bool {
        let entries = self.entries("coupons");
        let given = entries.len();
        let mut codes = HashSet::from([""]);
        let unique = entries.iter().all(|&index| {
            let code = self.node(self.member(index, "code"));
            code.kind == Kind::Text && codes.insert(&code.text)
        });
        unique
            && given > 0
            && given == named
            && given <= self.requested
            && COUNTS.iter().zip([given, self.requested, self.requested - given]).all(|(name, meant)| self.count_agrees(name, meant))
    }

    fn refusal_proven(&self) -> bool {
        let errors = self.entries("errors");
        !errors.is_empty()
            && errors.iter().all(|&index| self.is_certain_refusal(index))
            && self.is_none(self.member(self.top, "warnings").unwrap_or(ROOT))
            && COUNTS.iter().zip([0, self.requested, self.requested]).all(|(name, meant)| self.count_is(name, meant))
    }

    /// The readable codes of a list, at the top or at any depth; an object in place of a list is its one entry.
    fn codes(&self, list: &str, at_top: bool) -> Vec<i64> {
        let listed = |index: &usize| {
            let node = &self.nodes[*index];
            let parent = &self.nodes[node.parent];
            let single = node.kind == Kind::Object && node.key.as_deref() == Some(list) && !at_top;
            let among = parent.kind == Kind::List && parent.key.as_deref() == Some(list);
            single || (among && (!at_top || parent.parent == self.top))
        };
        (1..self.nodes.len()).filter(listed).filter_map(|index| self.code(index)).collect()
    }

    /// Where a value stands: the value of a key that holds codes, an entry of its list, below either, or elsewhere.
    fn place(&self, node: &Node) -> Place {
        let (parent, place) = (&self.nodes[node.parent], self.places[node.parent]);
        let key = node.key.as_deref().unwrap_or_default();
        let holder = node.key.is_some() && CODE_HOLDERS.contains(&key.to_lowercase().as_str());
        if holder || (key == "code" && self.is_coupon(node.parent)) {
            Place::Holder
        } else if parent.kind == Kind::List && place == Place::Holder {
            Place::Entry
        } else if parent.kind != Kind::Object || place == Place::Elsewhere {
            place
        } else if self.member(node.parent, "code").is_some() || LISTS.contains(&key) {
            Place::Elsewhere
        } else {
            Place::Below
        }
    }

    fn names_a_code(&self, index: usize) -> bool {
        let (node, place) = (&self.nodes[index], self.places[index]);
        if !matches!(node.kind, Kind::Text | Kind::Number) || node.text.is_empty() || self.parents.contains(&index) {
            return false;
        }
        if node.key.as_deref() == Some("code") {
            return self.is_coupon(node.parent);
        }
        place == Place::Entry || (place != Place::Elsewhere && node.kind == Kind::Text)
    }

    fn is_coupon(&self, index: usize) -> bool {
        self.places[index] != Place::Elsewhere || self.member(index, "couponId").is_some()
    }

    fn coupon(&self, index: usize) -> Coupon {
        let node = &self.nodes[index];
        let id = if node.key.as_deref() == Some("code") { self.member(node.parent, "couponId") } else { None };
        Coupon { code: node.text.clone(), id: self.number(id, ID_DIGITS) }
    }

    fn claims(&self, index: usize) -> bool {
        let Some(key) = self.nodes[index].key.as_ref().map(|key| key.to_lowercase()) else { return false };
        if self.is_none(index) {
            return false;
        }
        if key == "successcount" {
            return self.number(Some(index), ID_DIGITS).as_deref() != Some("0");
        }
        if key == "totalcount" {
            return self.counts_some(self.nodes[index].parent);
        }
        NAMING_KEYS.contains(&key.as_str())
    }

    /// Whether an object counts other than as many failures as coupons asked for.
    fn counts_some(&self, index: usize) -> bool {
        let count = |name| self.number(self.member(index, name), ID_DIGITS);
        match (count("totalCount"), count("failureCount")) {
            (Some(total), Some(failed)) => self.top != NOWHERE && total != failed,
            _ => false,
        }
    }

    fn is_foreign(&self, index: usize) -> bool {
        let node = &self.nodes[index];
        let scalar = matches!(node.kind, Kind::Text | Kind::Number);
        if node.key.as_deref() != Some("code") || !scalar || self.is_coupon(node.parent) {
            return false;
        }
        match integer(&node.text, CODE_DIGITS).and_then(|code| code.parse::<i64>().ok()) {
            None => node.kind == Kind::Number,
            Some(code) => {
                code != UNAUTHENTICATED as i64 && !REJECTED.contains(&code) && !CERTAIN_REFUSALS.contains(&code)
            }
        }
    }

    fn count_agrees(&self, name: &str, meant: usize) -> bool {
        let node = self.node(self.member(self.top, name));
        if !matches!(node.kind, Kind::Text | Kind::Number) {
            return true;
        }
        integer(&node.text, ID_DIGITS).map_or(node.kind == Kind::Text, |count| count == meant.to_string())
    }

    fn count_is(&self, name: &str, meant: usize) -> bool {
        let member = self.member(self.top, name);
        member.is_none()
            || self.node(member).kind == Kind::Null
            || self.number(member, ID_DIGITS) == Some(meant.to_string())
    }

    fn is_certain_refusal(&self, index: usize) -> bool {
        let certain = self.code(index).is_some_and(|code| CERTAIN_REFUSALS.contains(&code));
        certain && matches!(self.node(self.member(index, "status")).kind, Kind::Whole | Kind::Null | Kind::False)
    }

    /// Null, an empty list, or the text as a whole, which stands for a member that is missing.
    fn is_none(&self, index: usize) -> bool {
        let kind = self.nodes[index].kind;
        index == ROOT || kind == Kind::Null || (kind == Kind::List && !self.parents.contains(&index))
    }

    fn all(&self) -> std::ops::Range<usize> {
        0..self.nodes.len()
    }

    fn entries(&self, key: &str) -> Vec<usize> {
        self.member(self.top, key).map_or(vec![], |list| self.entries_of(list))
    }

    fn entries_of(&self, index: usize) -> Vec<usize> {
        match self.nodes.get(index) {
            Some(node) if node.kind == Kind::List => {
                self.all().filter(|&child| self.nodes[child].parent == index).collect()
            }
            _ => vec![],
        }
    }

    fn node(&self, index: Option<usize>) -> &Node {
        &self.nodes[index.unwrap_or(ROOT)]
    }

    fn member(&self, index: usize, key: &str) -> Option<usize> {
        self.members.get(&(index, key.to_string())).copied()
    }

    fn code(&self, index: usize) -> Option<i64> {
        self.number(self.member(index, "code"), CODE_DIGITS)?.parse().ok()
    }

    fn number(&self, index: Option<usize>, digits: usize) -> Option<String> {
        let node = self.node(index);
        if node.kind == Kind::Number { integer(&node.text, digits) } else { None }
    }
}

/// The text of a body, also of one that is no UTF-8.
fn decode(body: &[u8]) -> (String, bool) {
    let bytes = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let (mut text, mut proper) = match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_string(), true),
        Err(_) => {
            let mut lenient: Vec<char> = String::from_utf8_lossy(bytes).chars().collect();
            lenient.dedup_by(|left, right| *left == REPLACEMENT && *right == REPLACEMENT); // decoders differ in how many
            (lenient.into_iter().collect(), false)
        }
    };
    if text.contains('\0') {
        (text, proper) = (text.replace('\0', ""), false); // as in UTF-16
    }
    (text, proper)
}

/// Appends the nodes of a text below `root`, going on behind what is no JSON; returns whether it is one JSON value.
fn scan(text: &str, nodes: &mut Vec<Node>, root: usize) -> bool {
    let bytes = text.as_bytes();
    let mut clean = true;
    let mut open = vec![root];
    let mut before = Before::Start;
    let mut key: Option<String> = None;
    let mut at = 0;
    while at < bytes.len() {
        let letter = bytes[at];
        if is_space(letter) {
            at += 1;
            continue;
        }
        if nodes.len() > MOST_VALUES {
            return false;
        }
        let parent = open[open.len() - 1];
        let top = if open.len() > 1 { nodes[parent].kind } else { Kind::Whole };
        let first = matches!(before, Before::Opened | Before::Comma);
        let expected = match top {
            Kind::List => first,
            Kind::Object => before == Before::Key,
            _ => before == Before::Start,
        };
        match letter {
            b'"' => {
                let Some(end) = end_of_text(bytes, at + 1) else { return false }; // which is not guessed
                let (value, intact, proper) = unescaped(&text[at + 1..end]);
                at = end + 1;
                let next = (at..bytes.len()).find(|&next| !is_space(bytes[next])).unwrap_or(bytes.len());
                if bytes.get(next) == Some(&b':') {
                    clean = clean && proper && intact && top == Kind::Object && first;
                    key = Some(value);
                    before = Before::Key;
                    at = next + 1;
                    continue;
                }
                clean = clean && proper && expected;
                if top != Kind::Object || before == Before::Key {
                    nodes.push(Node { parent, key: key.take(), kind: Kind::Text, text: value, intact });
                } // else it is a key without its colon
                before = Before::Value;
            }
            b'{' | b'[' => {
                clean = clean && expected;
                let kind = if letter == b'{' { Kind::Object } else { Kind::List };
                nodes.push(Node { parent, key: key.take(), kind, text: String::new(), intact: true });
                open.push(nodes.len() - 1);
                before = Before::Opened;
                at += 1;
            }
            b'}' | b']' => {
                let matching = top == if letter == b'}' { Kind::Object } else { Kind::List };
                clean = clean && matching && matches!(before, Before::Opened | Before::Value);
                if open.len() > 1 {
                    open.pop();
                }
                key = None;
                before = Before::Value;
                at += 1;
            }
            b',' => {
                clean = clean && open.len() > 1 && before == Before::Value;
                key = None;
                before = Before::Comma;
                at += 1;
            }
            _ if is_word(letter) => {
                let end = (at..bytes.len()).find(|&end| !is_word(bytes[end])).unwrap_or(bytes.len());
                if end == bytes.len() && open.len() > 1 {
                    // it may go on, so it is there and has no value
                    nodes.push(Node { parent, key: key.take(), kind: Kind::Number, text: String::new(), intact: true });
                    return false;
                }
                let word = &text[at..end];
                let kind = match word {
                    "true" => Kind::True,
                    "false" => Kind::False,
                    "null" => Kind::Null,
                    _ => Kind::Number,
                };
                clean = clean && expected && (kind != Kind::Number || number_parts(word).is_some());
                nodes.push(Node { parent, key: key.take(), kind, text: word.to_string(), intact: true });
                before = Before::Value;
                at = end;
            }
            _ => {
                clean = false;
                at += 1;
            }
        }
    }
    clean && open.len() == 1 && before == Before::Value
}

fn is_space(letter: u8) -> bool {
    matches!(letter, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_word(letter: u8) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'+' | b'.')
}

fn end_of_text(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

/// A text without its escapes, whether it had no lone surrogate, which is replaced, and whether it was proper JSON.
fn unescaped(quoted: &str) -> (String, bool, bool) {
    let mut proper = quoted.chars().all(|letter| letter >= ' ');
    if !quoted.contains('\\') {
        return (quoted.to_string(), true, proper);
    }
    let mut units: Vec<u16> = vec![];
    let mut letters = quoted.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            units.extend_from_slice(letter.encode_utf16(&mut [0; 2]));
            continue;
        }
        let name = letters.next().unwrap_or_default();
        let rest = letters.as_str();
        let unit = match name {
            '"' | '\\' | '/' => Some(name as u16),
            'b' => Some(8),
            'f' => Some(12),
            'n' => Some(10),
            'r' => Some(13),
            't' => Some(9),
            'u' if rest.len() >= 4 && rest.bytes().take(4).all(|digit| digit.is_ascii_hexdigit()) => {
                letters = rest[4..].chars();
                u16::from_str_radix(&rest[..4], 16).ok()
            }
            _ => None,
        };
        match unit {
            Some(unit) => units.push(unit),
            None => {
                proper = false;
                units.extend_from_slice(name.encode_utf16(&mut [0; 2]));
            }
        }
    }
    let mut intact = true;
    let text = char::decode_utf16(units)
        .map(|letter| {
            letter.unwrap_or_else(|_| {
                intact = false;
                REPLACEMENT
            })
        })
        .collect();
    (text, intact, proper)
}

/// Sign, whole part, fraction and exponent of a JSON number.
fn number_parts(number: &str) -> Option<(&str, &str, &str, &str)> {
    let (sign, rest) = if number.starts_with('-') { number.split_at(1) } else { ("", number) };
    let (rest, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, "0"),
    };
    let (whole, fraction) = match rest.find('.') {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let proper = digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    proper.then_some((sign, whole, fraction.unwrap_or_default(), exponent))
}

/// The integer that a number is, in plain digits: 1.5E1 is 15. None for a fraction, and for too many digits.
fn integer(number: &str, digits: usize) -> Option<String> {
    let (sign, whole, fraction, exponent) = number_parts(number)?;
    let both = format!("{whole}{fraction}");
    let significant = both.trim_start_matches('0');
    if significant.is_empty() {
        return Some("0".to_string());
    }
    if exponent.len() > 5 {
        return None;
    }
    let stripped = significant.trim_end_matches('0');
    let length = |text: &str| text.len() as i64;
    let zeros = exponent.parse::<i64>().ok()? - length(fraction) + length(significant) - length(stripped);
    if zeros < 0 || length(stripped) + zeros > digits as i64 {
        return None;
    }
    Some(format!("{sign}{stripped}{}", "0".repeat(zeros as usize)))
}

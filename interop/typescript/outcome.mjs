// Made from src/outcome.ts, for programs without TypeScript.
/**
 * Tells what became of an issuance, from the text of the response. Copy this file as it is; it needs nothing else.
 *
 * The rules are those of outcomes.toml. They are applied to the text, because JSON.parse rounds numbers and drops all
 * but the last value of a repeated key before any rule could see them.
 */
// generated from outcomes.toml: begin
const PROCESSED = 200;
const UNAUTHENTICATED = 401;
const ID_DIGITS = 40;
const CODE_DIGITS = 15;
const MOST_VALUES = 250000;
const REJECTED = [400, 403, 405, 415, 429];
const CERTAIN_REFUSALS = [677, 701, 707, 709, 712, 713, 742, 755, 756, 777, 5001, 5002, 5004, 5005];
const DECIDING_KEYS = [
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
const NAMING_KEYS = ["coupon", "couponcode", "couponcodes", "couponid", "couponids", "coupons"];
const CODE_HOLDERS = ["coupon", "couponcode", "couponcodes", "coupons"];
const MARKERS = ["<coupon", "\"coupon", "'coupon"];
const ROOT = 0;
const LISTS = ["errors", "warnings"];
const COUNTS = ["successCount", "totalCount", "failureCount"];
const REPLACEMENT = "\uFFFD";
const NUMBER = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?$/;
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const LITERALS = { true: "true", false: "false", null: "null" };
/**
 * The outcome of one call.
 *
 * @param status the HTTP status
 * @param body the body, without its content encoding
 * @param requested how many coupons were requested; 1 when the request left the count out
 * @param whole false when the body may be cut off, or was compressed in another way than in one gzip member
 */
export function outcome(status, body, requested, whole = true) {
    const text = decode(body);
    const nodes = [{ parent: -1, key: undefined, kind: "", text: "", intact: true }];
    const clean = scan(text.text, nodes, ROOT) && text.clean;
    for (let index = 1; index < nodes.length; index++) {
        const node = nodes[index];
        if (node.kind === "text" && /^[{[]/.test(node.text))
            scan(node.text, nodes, index); // JSON inside a text
    }
    const facts = new Facts(nodes, clean, text.text, requested);
    const made = (end, why, missing = 0) => ({
        end,
        status,
        coupons: end === "issued" || end === "partly-issued" || end === "outcome-unknown" ? facts.coupons : [],
        missing,
        errors: facts.codes("errors", ["issued", "partly-issued", "refused"].includes(end)),
        warnings: facts.codes("warnings", ["issued", "partly-issued", "refused"].includes(end)),
        why,
        value: (...path) => facts.value(path),
    });
    const contradicted = facts.speaksOfCoupons || facts.foreignCode;
    if (whole && status === UNAUTHENTICATED && !contradicted)
        return made("not-authenticated", "HTTP 401");
    if (whole && REJECTED.includes(status) && !contradicted)
        return made("rejected", `HTTP ${status}`);
    if (whole && status === PROCESSED && facts.readable) {
        if (facts.couponsAgree()) {
            const missing = requested - facts.coupons.length;
            return made(missing ? "partly-issued" : "issued", "", missing);
        }
        if (!contradicted && facts.refusalProven())
            return made("refused", "");
    }
    return made("outcome-unknown", `HTTP ${status}, and a response that proves nothing`);
}
/** Whether the response names the customer of the request. External ids may come back padded with zeros. */
export function sameCustomer(response, asked) {
    for (let profile = 0; response.value("customer", "profiles", profile) !== undefined; profile++) {
        const at = (index, name) => response.value("customer", "profiles", profile, "identifiers", index, name);
        for (let index = 0; at(index, "type") !== undefined; index++) {
            const [type, value] = [at(index, "type"), at(index, "value") ?? ""];
            if (type === "externalId" && asked.externalId !== undefined && sameExternalId(value, asked.externalId))
                return true;
            if ((type === "mobile" || type === "email") && value === asked[type])
                return true;
        }
    }
    return false;
}
export function sameExternalId(left, right) {
    return left.replace(/^0+/, "") === right.replace(/^0+/, "");
}
/** The facts of the table about one text, and all that it names. */
class Facts {
    coupons;
    readable;
    speaksOfCoupons;
    foreignCode;
    members = new Map();
    parents = new Set();
    places = ["elsewhere"];
    top;
    nodes;
    requested;
    constructor(nodes, clean, text, requested) {
        this.nodes = nodes;
        this.requested = requested;
        let repeated = false;
        nodes.forEach((node, index) => {
            this.parents.add(node.parent);
            if (node.key === undefined)
                return;
            const name = `${node.parent} ${node.key}`;
            if (!this.members.has(name))
                this.members.set(name, index);
            else
                repeated ||= DECIDING_KEYS.includes(node.key);
        });
        nodes.slice(1).forEach((node) => this.places.push(this.place(node)));
        this.top = clean && nodes[1]?.kind === "{" ? 1 : -1;
        const all = nodes.map((_, index) => index);
        this.coupons = all.filter((index) => this.namesACode(index)).map((index) => this.coupon(index));
        const intact = nodes.every((node) => node.intact || node.key !== "code");
        this.readable = this.top > ROOT && !repeated && intact;
        const marked = !clean && MARKERS.some((marker) => text.toLowerCase().includes(marker));
        this.speaksOfCoupons = marked || this.coupons.length > 0 || all.some((index) => this.claims(index));
        this.foreignCode = all.some((index) => this.isForeign(index));
    }
    couponsAgree() {
        const codes = this.entries("coupons").map((index) => this.onlyCode(index));
        const given = codes.length;
        if (given === 0 || given !== this.coupons.length || given > this.requested || codes.includes(""))
            return false;
        const counts = [given, this.requested, this.requested - given];
        return new Set(codes).size === given && COUNTS.every((name, index) => this.countAgrees(name, counts[index]));
    }
    refusalProven() {
        const errors = this.entries("errors");
        const counts = [0, this.requested, this.requested];
        return (errors.length > 0 &&
            errors.every((index) => this.isCertainRefusal(index)) &&
            this.isNone(this.member(this.top, "warnings") ?? ROOT) &&
            COUNTS.every((name, index) => this.countIs(name, counts[index])));
    }
    /** The readable codes of `errors` or `warnings`, at the top or at any depth; an object for a list is its one entry. */
    codes(list, atTop) {
        const found = this.nodes.map((node, index) => {
            const parent = this.nodes[node.parent];
            const single = node.kind === "{" && node.key === list && !atTop;
            const entry = parent?.kind === "[" && parent.key === list && (!atTop || parent.parent === this.top);
            return single || entry ? this.number(this.member(index, "code"), CODE_DIGITS) : undefined;
        });
        return found.filter((code) => code !== undefined).map(Number);
    }
    value(path) {
        let index = this.top;
        for (const step of path) {
            if (index === undefined)
                return undefined;
            const parent = index;
            if (typeof step === "string")
                index = this.member(parent, step);
            else
                index = this.nodes[parent]?.kind === "[" ? this.below(parent)[step] : undefined;
        }
        return index === undefined ? undefined : this.nodes[index]?.text;
    }
    /** Where a value stands: the value of a key that holds codes, an entry of its list, below either, or elsewhere. */
    place(node) {
        const [parent, place] = [this.nodes[node.parent], this.places[node.parent]];
        if (node.key !== undefined && CODE_HOLDERS.includes(node.key.toLowerCase()))
            return "holder";
        if (node.key === "code" && this.isCoupon(node.parent))
            return "holder";
        if (parent.kind === "[")
            return place === "holder" ? "entry" : place;
        if (parent.kind !== "{" || place === "elsewhere")
            return place;
        const coupon = this.member(node.parent, "code") !== undefined;
        return coupon || LISTS.includes(node.key ?? "") ? "elsewhere" : "below";
    }
    namesACode(index) {
        const [node, place] = [this.nodes[index], this.places[index]];
        if (!["text", "number"].includes(node.kind) || node.text === "" || this.parents.has(index))
            return false;
        if (node.key === "code")
            return this.isCoupon(node.parent);
        return place === "entry" || (place !== "elsewhere" && node.kind === "text");
    }
    isCoupon(index) {
        return this.places[index] !== "elsewhere" || this.member(index, "couponId") !== undefined;
    }
    coupon(index) {
        const node = this.nodes[index];
        const id = node.key === "code" ? this.member(node.parent, "couponId") : undefined;
        return { code: node.text, id: this.number(id, ID_DIGITS) };
    }
    onlyCode(index) {
        const code = this.nodes[this.member(index, "code") ?? ROOT];
        return code.kind === "text" ? code.text : "";
    }
    claims(index) {
        const key = this.nodes[index].key?.toLowerCase();
        if (key === undefined)
            return false;
        if (key === "successcount")
            return !this.isNone(index) && this.number(index, ID_DIGITS) !== "0";
        if (key === "totalcount")
            return this.countsSome(this.nodes[index].parent);
        return NAMING_KEYS.includes(key) && !this.isNone(index);
    }
    /** Whether an object counts other than as many failures as coupons asked for. */
    countsSome(index) {
        const total = this.number(this.member(index, "totalCount"), ID_DIGITS);
        const failed = this.number(this.member(index, "failureCount"), ID_DIGITS);
        return this.top > ROOT && total !== undefined && failed !== undefined && total !== failed;
    }
    isForeign(index) {
        const node = this.nodes[index];
        if (node.key !== "code" || !["text", "number"].includes(node.kind) || this.isCoupon(node.parent))
            return false;
        const number = integer(node.text, CODE_DIGITS);
        if (number === undefined)
            return node.kind === "number";
        return ![...CERTAIN_REFUSALS, ...REJECTED, UNAUTHENTICATED].includes(Number(number));
    }
    countAgrees(name, meant) {
        const node = this.nodes[this.member(this.top, name) ?? ROOT];
        if (!["text", "number"].includes(node.kind))
            return true;
        const number = integer(node.text, ID_DIGITS);
        return number === String(meant) || (number === undefined && node.kind === "text");
    }
    countIs(name, meant) {
        const index = this.member(this.top, name);
        return index === undefined || this.nodes[index].kind === "null" || this.number(index, ID_DIGITS) === String(meant);
    }
    isCertainRefusal(index) {
        const status = this.member(index, "status") ?? ROOT;
        const denies = status === ROOT || ["false", "null"].includes(this.nodes[status].kind);
        const code = this.number(this.member(index, "code"), CODE_DIGITS);
        return denies && code !== undefined && CERTAIN_REFUSALS.includes(Number(code));
    }
    /** Null, an empty list, or the text as a whole, which stands for a member that is missing. */
    isNone(index) {
        const kind = this.nodes[index].kind;
        return index === ROOT || kind === "null" || (kind === "[" && !this.parents.has(index));
    }
    entries(key) {
        const list = this.member(this.top, key) ?? ROOT;
        return this.nodes[list].kind === "[" ? this.below(list) : [];
    }
    below(parent) {
        return this.nodes.flatMap((node, index) => (node.parent === parent ? [index] : []));
    }
    member(index, key) {
        return this.members.get(`${index} ${key}`);
    }
    number(index, digits) {
        const node = this.nodes[index ?? ROOT];
        return node.kind === "number" ? integer(node.text, digits) : undefined;
    }
}
/** The text of a body, also of one that is no UTF-8. */
function decode(body) {
    const marked = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
    const bytes = marked ? body.subarray(3) : body;
    let [text, clean] = ["", true];
    try {
        text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    }
    catch {
        const lenient = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
        [text, clean] = [lenient.replace(/\uFFFD+/g, REPLACEMENT), false]; // decoders differ in how many they write
    }
    return text.includes("\0") ? { text: text.replaceAll("\0", ""), clean: false } : { text, clean }; // as in UTF-16
}
/** Appends the nodes of a text below `root`, going on behind what is no JSON; returns whether it is one JSON value. */
function scan(text, nodes, root) {
    let clean = true;
    const open = [root];
    let before = "start";
    let key;
    let at = 0;
    const add = (kind, value = "", intact = true) => {
        nodes.push({ parent: open.at(-1), key, kind, text: value, intact });
        key = undefined;
    };
    while (at < text.length) {
        const letter = text.charAt(at);
        if (isSpace(letter)) {
            at++;
            continue;
        }
        if (nodes.length > MOST_VALUES)
            return false;
        const top = open.length > 1 ? nodes[open.at(-1)].kind : "";
        const expected = top === "[" ? before === "opened" || before === "comma" : before === (top === "{" ? "key" : "start");
        if (letter === '"') {
            const end = endOfText(text, at + 1);
            if (end < 0)
                return false; // a text without an end, which is not guessed
            const { value, intact, proper } = unescaped(text.slice(at + 1, end));
            at = end + 1;
            let next = at;
            while (isSpace(text.charAt(next)))
                next++;
            if (text.charAt(next) === ":") {
                clean &&= proper && intact && top === "{" && (before === "opened" || before === "comma");
                [key, before, at] = [value, "key", next + 1];
                continue;
            }
            clean &&= proper && expected;
            if (top !== "{" || before === "key")
                add("text", value, intact); // else it is a key without its colon
            before = "value";
        }
        else if (letter === "{" || letter === "[") {
            clean &&= expected;
            add(letter);
            open.push(nodes.length - 1);
            before = "opened";
            at++;
        }
        else if (letter === "}" || letter === "]") {
            clean &&= top === (letter === "}" ? "{" : "[") && (before === "opened" || before === "value");
            if (open.length > 1)
                open.pop();
            [key, before] = [undefined, "value"];
            at++;
        }
        else if (letter === ",") {
            clean &&= open.length > 1 && before === "value";
            [key, before] = [undefined, "comma"];
            at++;
        }
        else if (isWord(letter)) {
            let end = at;
            while (isWord(text.charAt(end)))
                end++;
            if (end === text.length && open.length > 1) {
                add("number"); // it may go on, so it is there and has no value
                return false;
            }
            const word = text.slice(at, end);
            const kind = Object.hasOwn(LITERALS, word) ? LITERALS[word] : "number";
            clean &&= expected && (kind !== "number" || NUMBER.test(word));
            add(kind, word);
            before = "value";
            at = end;
        }
        else {
            clean = false;
            at++;
        }
    }
    return clean && open.length === 1 && before === "value";
}
function isSpace(letter) {
    return letter === " " || letter === "\t" || letter === "\r" || letter === "\n";
}
function isWord(letter) {
    return /^[-+.0-9A-Za-z]$/.test(letter);
}
function endOfText(text, from) {
    for (let at = from; at < text.length; at++) {
        if (text.charAt(at) === "\\")
            at++;
        else if (text.charAt(at) === '"')
            return at;
    }
    return -1;
}
/** A text without its escapes, whether it had no lone surrogate, which is replaced, and whether it was proper JSON. */
function unescaped(quoted) {
    let proper = !/[\x00-\x1f]/.test(quoted);
    const text = quoted.replace(/\\(u[0-9A-Fa-f]{4}|[^])/g, (_, name) => {
        if (name.length === 5)
            return String.fromCharCode(parseInt(name.slice(1), 16));
        proper &&= Object.hasOwn(ESCAPES, name);
        return ESCAPES[name] ?? name;
    });
    const value = text.replace(/\p{Surrogate}/gu, REPLACEMENT); // with u, a pair is one character and no surrogate
    return { value, intact: value === text, proper };
}
/** The integer that a number is, in plain digits: 1.5E1 is 15. Undefined for a fraction, and for too many digits. */
function integer(number, digits) {
    const [matched, sign, whole = "", fraction = "", exponent = "0"] = NUMBER.exec(number) ?? [];
    if (matched === undefined)
        return undefined;
    const significant = (whole + fraction).replace(/^0+/, "");
    if (significant === "")
        return "0";
    if (exponent.length > 5)
        return undefined;
    const stripped = significant.replace(/0+$/, "");
    const zeros = Number(exponent) - fraction.length + significant.length - stripped.length;
    return zeros < 0 || stripped.length + zeros > digits ? undefined : sign + stripped + "0".repeat(zeros);
}

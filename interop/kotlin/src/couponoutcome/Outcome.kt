/**
 * Tells what became of an issuance, from the text of the response. Copy this file as it is; it needs nothing else.
 *
 * The rules are those of outcomes.toml. They are applied to the text, because Jackson, Gson and Moshi drop all but the
 * last value of a repeated key, and make texts and numbers of each other, before any rule could see the difference.
 */
package couponoutcome

import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException

// generated from outcomes.toml: begin
private const val PROCESSED = 200
private const val UNAUTHENTICATED = 401
private const val ID_DIGITS = 40
private const val CODE_DIGITS = 15
private const val MOST_VALUES = 250000

private val REJECTED = setOf(400L, 403L, 405L, 415L, 429L)
private val CERTAIN_REFUSALS = setOf(
    677L,
    701L,
    707L,
    709L,
    712L,
    713L,
    742L,
    755L,
    756L,
    777L,
    5001L,
    5002L,
    5004L,
    5005L,
)
private val DECIDING_KEYS = setOf(
    "code",
    "couponId",
    "coupons",
    "errors",
    "failureCount",
    "status",
    "successCount",
    "totalCount",
    "warnings",
)
private val NAMING_KEYS = setOf(
    "coupon",
    "couponcode",
    "couponcodes",
    "couponid",
    "couponids",
    "coupons",
)
private val CODE_HOLDERS = setOf("coupon", "couponcode", "couponcodes", "coupons")
private val MARKERS = setOf("<coupon", "\"coupon", "'coupon")

// generated from outcomes.toml: end

/** The ways in which a call ends; [word] is the one of the test vectors. */
enum class End(val word: String) {
    ISSUED("issued"),
    PARTLY_ISSUED("partly-issued"),

    /** Nothing was issued; `errors` say why, all of them certain refusals. */
    REFUSED("refused"),

    /** Nothing was issued; `status` says why. */
    REJECTED("rejected"),

    /** Nothing was issued. */
    NOT_AUTHENTICATED("not-authenticated"),

    /** Coupons may exist: read back before you call again. The lists are all that the text names. */
    UNKNOWN("outcome-unknown"),
}

/** A coupon; the id is written in digits, because no primitive type holds every id, and null where there is none. */
data class Coupon(val code: String, val id: String?)

/**
 * What became of a call that [requested] so many coupons, 1 when it left the count out. The body is without its content
 * encoding; `whole` is false when it may be cut off, or was compressed in another way than in one gzip member.
 */
class Outcome(val status: Int, body: ByteArray, private val requested: Int, whole: Boolean) {
    val end: End
    val coupons: List<Coupon>
    val missing: Int
    val errors: List<Long>
    val warnings: List<Long>

    private val nodes = mutableListOf(Node(-1, null, Kind.WHOLE, "", true))
    private val members = HashMap<Pair<Int, String>, Int>()
    private val parents = HashSet<Int>()
    private val places = mutableListOf<Place>()
    private val top: Int

    init {
        val decoded = decode(body)
        val clean = scan(decoded.text, nodes, ROOT) && decoded.proper
        var at = 0
        while (++at < nodes.size) { // JSON inside a text
            val node = nodes[at]
            if (node.kind == Kind.TEXT && (node.text.startsWith("{") || node.text.startsWith("["))) scan(node.text, nodes, at)
        }
        var repeated = false
        nodes.forEachIndexed { index, node ->
            parents += node.parent
            if (node.key != null && members.putIfAbsent(node.parent to node.key, index) != null) {
                repeated = repeated || node.key in DECIDING_KEYS
            }
        }
        nodes.mapTo(places) { if (it.parent < 0) Place.ELSEWHERE else place(it) }
        top = if (clean && nodes[1].kind == Kind.OBJECT) 1 else -1
        coupons = nodes.indices.filter(::namesACode).map(::coupon)
        val lower = decoded.text.lowercase()
        val speaksOfCoupons = coupons.isNotEmpty() || nodes.indices.any(::claims) || (!clean && MARKERS.any { it in lower })
        val contradicted = speaksOfCoupons || nodes.indices.any(::isForeign)
        val intact = nodes.all { it.intact || it.key != "code" }
        val readable = whole && status == PROCESSED && top > ROOT && !repeated && intact
        val agree = readable && couponsAgree()
        end = when {
            whole && status == UNAUTHENTICATED && !contradicted -> End.NOT_AUTHENTICATED
            whole && status.toLong() in REJECTED && !contradicted -> End.REJECTED
            agree -> if (coupons.size == requested) End.ISSUED else End.PARTLY_ISSUED
            readable && !contradicted && refusalProven() -> End.REFUSED
            else -> End.UNKNOWN
        }
        missing = if (agree) requested - coupons.size else 0
        val processed = end == End.ISSUED || end == End.PARTLY_ISSUED || end == End.REFUSED
        errors = codes("errors", processed)
        warnings = codes("warnings", processed)
    }

    /** The value at a path of keys and indexes below the top, as it is written; null where there is none. */
    fun value(vararg path: Any): String? {
        var index = top
        for (step in path) {
            index = if (step is Int) entriesOf(index).getOrElse(step) { -1 } else member(index, step.toString())
        }
        return if (index > ROOT) nodes[index].text else null
    }

    /**
     * Whether the response names the customer with this identifier; [type] is mobile, email or externalId. External ids may
     * come back padded with zeros.
     */
    fun sameCustomer(type: String, identifier: String): Boolean =
        generateSequence(0) { it + 1 }.takeWhile { value("customer", "profiles", it) != null }.any { profile ->
            fun at(index: Int, name: String) = value("customer", "profiles", profile, "identifiers", index, name)
            generateSequence(0) { it + 1 }.takeWhile { at(it, "type") != null }.any { index ->
                val value = at(index, "value")
                val padded = type == "externalId" && value != null && sameExternalId(value, identifier)
                at(index, "type") == type && (value == identifier || padded)
            }
        }

    private fun couponsAgree(): Boolean {
        val codes = entries("coupons").map { node(member(it, "code")) }
        val given = codes.size
        return given in 1..requested && given == coupons.size &&
            codes.all { it.kind == Kind.TEXT && it.text.isNotEmpty() } && codes.distinctBy { it.text }.size == given &&
            COUNTS.zip(listOf(given, requested, requested - given)).all { (name, meant) -> countAgrees(name, "$meant") }
    }

    private fun refusalProven(): Boolean {
        val errors = entries("errors")
        return errors.isNotEmpty() && errors.all(::isCertainRefusal) &&
            isNone(maxOf(member(top, "warnings"), ROOT)) &&
            COUNTS.zip(listOf(0, requested, requested)).all { (name, meant) -> countIs(name, "$meant") }
    }

    /** The readable codes of a list, at the top or at any depth; an object in place of a list is its one entry. */
    private fun codes(list: String, atTop: Boolean): List<Long> = nodes.indices.drop(1).mapNotNull { index ->
        val node = nodes[index]
        val parent = nodes[node.parent]
        val single = node.kind == Kind.OBJECT && node.key == list && !atTop
        val among = parent.kind == Kind.LIST && parent.key == list && (!atTop || parent.parent == top)
        if (single || among) number(member(index, "code"), CODE_DIGITS)?.toLong() else null
    }

    /** Where a value stands: the value of a key that holds codes, an entry of its list, below either, or elsewhere. */
    private fun place(node: Node): Place {
        val parent = nodes[node.parent]
        val place = places[node.parent]
        return when {
            node.key != null && node.key.lowercase() in CODE_HOLDERS -> Place.HOLDER
            node.key == "code" && isCoupon(node.parent) -> Place.HOLDER
            parent.kind == Kind.LIST && place == Place.HOLDER -> Place.ENTRY
            parent.kind != Kind.OBJECT || place == Place.ELSEWHERE -> place
            member(node.parent, "code") >= 0 || node.key in LISTS -> Place.ELSEWHERE
            else -> Place.BELOW
        }
    }

    private fun namesACode(index: Int): Boolean {
        val node = nodes[index]
        return when {
            (node.kind != Kind.TEXT && node.kind != Kind.NUMBER) || node.text.isEmpty() || index in parents -> false
            node.key == "code" -> isCoupon(node.parent)
            else -> places[index] == Place.ENTRY || (places[index] != Place.ELSEWHERE && node.kind == Kind.TEXT)
        }
    }

    private fun isCoupon(index: Int) = places[index] != Place.ELSEWHERE || member(index, "couponId") >= 0

    private fun coupon(index: Int): Coupon {
        val node = nodes[index]
        return Coupon(node.text, if (node.key == "code") number(member(node.parent, "couponId"), ID_DIGITS) else null)
    }

    private fun claims(index: Int): Boolean {
        val key = nodes[index].key?.lowercase()
        return when {
            key == null || isNone(index) -> false
            key == "successcount" -> number(index, ID_DIGITS) != "0"
            key == "totalcount" -> countsSome(nodes[index].parent)
            else -> key in NAMING_KEYS
        }
    }

    /** Whether an object counts other than as many failures as coupons asked for. */
    private fun countsSome(index: Int): Boolean {
        val total = number(member(index, "totalCount"), ID_DIGITS)
        val failed = number(member(index, "failureCount"), ID_DIGITS)
        return top > ROOT && total != null && failed != null && total != failed
    }

    private fun isForeign(index: Int): Boolean {
        val node = nodes[index]
        if (node.key != "code" || (node.kind != Kind.TEXT && node.kind != Kind.NUMBER) || isCoupon(node.parent)) return false
        val code = integer(node.text, CODE_DIGITS)?.toLong() ?: return node.kind == Kind.NUMBER
        return code != UNAUTHENTICATED.toLong() && code !in REJECTED && code !in CERTAIN_REFUSALS
    }

    private fun countAgrees(name: String, meant: String): Boolean {
        val node = node(member(top, name))
        if (node.kind != Kind.TEXT && node.kind != Kind.NUMBER) return true
        val count = integer(node.text, ID_DIGITS)
        return count == meant || (count == null && node.kind == Kind.TEXT)
    }

    private fun countIs(name: String, meant: String): Boolean {
        val index = member(top, name)
        return index < 0 || nodes[index].kind == Kind.NULL || number(index, ID_DIGITS) == meant
    }

    private fun isCertainRefusal(index: Int): Boolean {
        val code = number(member(index, "code"), CODE_DIGITS)?.toLong()
        return code in CERTAIN_REFUSALS && node(member(index, "status")).kind in setOf(Kind.WHOLE, Kind.NULL, Kind.FALSE)
    }

    /** Null, an empty list, or the text as a whole, which stands for a member that is missing. */
    private fun isNone(index: Int): Boolean {
        val kind = nodes[index].kind
        return index == ROOT || kind == Kind.NULL || (kind == Kind.LIST && index !in parents)
    }

    private fun entries(key: String) = entriesOf(member(top, key))

    private fun entriesOf(index: Int) =
        if (node(index).kind == Kind.LIST) nodes.indices.filter { nodes[it].parent == index } else emptyList()

    private fun node(index: Int) = nodes[maxOf(index, ROOT)]

    private fun member(index: Int, key: String): Int = members[index to key] ?: -1

    private fun number(index: Int, digits: Int) =
        node(index).takeIf { it.kind == Kind.NUMBER }?.let { integer(it.text, digits) }
}

/** Compares without leading zeros: an external id may come back padded. */
fun sameExternalId(left: String, right: String): Boolean = left.trimStart('0') == right.trimStart('0')

private enum class Kind { WHOLE, TEXT, NUMBER, TRUE, FALSE, NULL, OBJECT, LIST }

private enum class Before { START, OPENED, KEY, COMMA, VALUE }

private enum class Place { ELSEWHERE, HOLDER, ENTRY, BELOW }

private class Node(val parent: Int, val key: String?, val kind: Kind, val text: String, val intact: Boolean)

private class Decoded(val text: String, val intact: Boolean, val proper: Boolean)

private const val ROOT = 0
private const val REPLACEMENT = "\uFFFD"
private const val ESCAPES = "\"\\/bfnrt"
private const val ESCAPED = "\"\\/\b\u000C\n\r\t"
private val LISTS = setOf("errors", "warnings")
private val COUNTS = listOf("successCount", "totalCount", "failureCount")
private val LITERALS = mapOf("true" to Kind.TRUE, "false" to Kind.FALSE, "null" to Kind.NULL)
private val NUMBER = Regex("""(-?)(0|[1-9][0-9]*+)(?:\.([0-9]++))?(?:[eE]([-+]?[0-9]++))?""")

/** The text of a body, also of one that is no UTF-8. */
private fun decode(body: ByteArray): Decoded {
    val marked = body.size > 2 && body[0] == 0xEF.toByte() && body[1] == 0xBB.toByte() && body[2] == 0xBF.toByte()
    val bytes = if (marked) body.copyOfRange(3, body.size) else body
    val strict = try {
        Charsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString() // reports what is malformed
    } catch (problem: CharacterCodingException) {
        null
    }
    val text = strict ?: String(bytes, Charsets.UTF_8).replace(Regex("$REPLACEMENT+"), REPLACEMENT) // decoders differ
    val zeros = '\u0000' in text // as in UTF-16
    return Decoded(if (zeros) text.replace("\u0000", "") else text, true, strict != null && !zeros)
}

/** Appends the nodes of a text below [root], going on behind what is no JSON; returns whether it is one JSON value. */
private fun scan(text: String, nodes: MutableList<Node>, root: Int): Boolean {
    var clean = true
    val open = mutableListOf(root)
    var before = Before.START
    var key: String? = null
    var at = 0
    while (at < text.length) {
        val letter = text[at]
        if (isSpace(letter)) {
            at++
            continue
        }
        if (nodes.size > MOST_VALUES) return false
        val parent = open[open.size - 1]
        val kind = if (open.size > 1) nodes[parent].kind else Kind.WHOLE
        val first = before == Before.OPENED || before == Before.COMMA
        val expected = if (kind == Kind.LIST) first else before == (if (kind == Kind.OBJECT) Before.KEY else Before.START)
        if (letter == '"') {
            val end = endOfText(text, at + 1)
            if (end < 0) return false // a text without an end, which is not guessed
            val decoded = unescaped(text.substring(at + 1, end))
            at = end + 1
            var next = at
            while (next < text.length && isSpace(text[next])) next++
            if (next < text.length && text[next] == ':') {
                clean = clean && decoded.proper && decoded.intact && kind == Kind.OBJECT && first
                key = decoded.text
                before = Before.KEY
                at = next + 1
                continue
            }
            clean = clean && decoded.proper && expected
            if (kind != Kind.OBJECT || before == Before.KEY) { // else it is a key without its colon
                nodes += Node(parent, key, Kind.TEXT, decoded.text, decoded.intact)
            }
            before = Before.VALUE
        } else if (letter == '{' || letter == '[') {
            clean = clean && expected
            nodes += Node(parent, key, if (letter == '{') Kind.OBJECT else Kind.LIST, "", true)
            open += nodes.size - 1
            before = Before.OPENED
            at++
        } else if (letter == '}' || letter == ']') {
            val matches = kind == (if (letter == '}') Kind.OBJECT else Kind.LIST)
            clean = clean && matches && (before == Before.OPENED || before == Before.VALUE)
            if (open.size > 1) open.removeAt(open.size - 1)
            before = Before.VALUE
            at++
        } else if (letter == ',') {
            clean = clean && open.size > 1 && before == Before.VALUE
            before = Before.COMMA
            at++
        } else if (isWord(letter)) {
            var end = at
            while (end < text.length && isWord(text[end])) end++
            if (end == text.length && open.size > 1) {
                nodes += Node(parent, key, Kind.NUMBER, "", true) // it may go on, so it is there and has no value
                return false
            }
            val word = text.substring(at, end)
            val literal = LITERALS[word] ?: Kind.NUMBER
            clean = clean && expected && (literal != Kind.NUMBER || NUMBER.matches(word))
            nodes += Node(parent, key, literal, word, true)
            before = Before.VALUE
            at = end
        } else {
            clean = false
            at++
            continue
        }
        key = null
    }
    return clean && open.size == 1 && before == Before.VALUE
}

private fun isSpace(letter: Char) = letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n'

private fun isWord(letter: Char) = letter in "-+." || letter in '0'..'9' || letter in 'A'..'Z' || letter in 'a'..'z'

private fun endOfText(text: String, from: Int): Int {
    var at = from
    while (at < text.length) {
        if (text[at] == '"') return at
        at += if (text[at] == '\\') 2 else 1
    }
    return -1
}

/** A text without its escapes, whether it had no lone surrogate, which is replaced, and whether it was proper JSON. */
private fun unescaped(quoted: String): Decoded {
    var proper = quoted.none { it < ' ' }
    val plain = StringBuilder()
    var at = 0
    while (at < quoted.length) {
        val letter = quoted[at++]
        if (letter != '\\') {
            plain.append(letter)
            continue
        }
        val name = quoted[at++]
        val hexadecimal = quoted.substring(at, minOf(at + 4, quoted.length))
        if (name in ESCAPES) {
            plain.append(ESCAPED[ESCAPES.indexOf(name)])
        } else if (name == 'u' && hexadecimal.length == 4 && hexadecimal.all { it < '\u0080' && it.digitToIntOrNull(16) != null }) {
            plain.append(hexadecimal.toInt(16).toChar())
            at += 4
        } else {
            proper = false
            plain.append(name)
        }
    }
    val text = StringBuilder()
    plain.codePoints().forEach { text.appendCodePoint(if (it in 0xD800..0xDFFF) 0xFFFD else it) }
    return Decoded("$text", "$text" == "$plain", proper)
}

/** The integer that a number is, in plain digits: 1.5E1 is 15. Null for a fraction, and for too many digits. */
private fun integer(number: String, digits: Int): String? {
    val (sign, whole, fraction, exponent) = (NUMBER.matchEntire(number) ?: return null).destructured
    val significant = (whole + fraction).trimStart('0')
    if (significant.isEmpty()) return "0"
    if (exponent.length > 5) return null
    val stripped = significant.trimEnd('0')
    val zeros = exponent.ifEmpty { "0" }.toInt() - fraction.length + significant.length - stripped.length
    return if (zeros < 0 || stripped.length + zeros > digits) null else sign + stripped + "0".repeat(zeros)
}

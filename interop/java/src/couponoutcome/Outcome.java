package couponoutcome;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * What became of an issuance, told from the text of the response. Copy this file as it is; it needs nothing else.
 *
 * <p>The rules are those of outcomes.toml. They are applied to the text, because Jackson and Gson drop all but the last
 * value of a repeated key, and make texts and numbers of each other, before any rule could see the difference.
 */
public final class Outcome {
  // generated from outcomes.toml: begin
  private static final int PROCESSED = 200;
  private static final int UNAUTHENTICATED = 401;
  private static final int ID_DIGITS = 40;
  private static final int CODE_DIGITS = 15;
  private static final int MOST_VALUES = 250000;

  private static final Set<Long> REJECTED = Set.of(400L, 403L, 405L, 415L, 429L);
  private static final Set<Long> CERTAIN_REFUSALS = Set.of(
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
      5005L
  );
  private static final Set<String> DECIDING_KEYS = Set.of(
      "code",
      "couponId",
      "coupons",
      "errors",
      "failureCount",
      "status",
      "successCount",
      "totalCount",
      "warnings"
  );
  private static final Set<String> NAMING_KEYS = Set.of(
      "coupon",
      "couponcode",
      "couponcodes",
      "couponid",
      "couponids",
      "coupons"
  );
  private static final Set<String> CODE_HOLDERS = Set.of(
      "coupon",
      "couponcode",
      "couponcodes",
      "coupons"
  );
  private static final Set<String> MARKERS = Set.of("<coupon", "\"coupon", "'coupon");

 // generated from outcomes.toml: end

  /** The ways in which a call ends; {@code word} is the one of the test vectors. */
  public enum End {
    ISSUED("issued"),
    PARTLY_ISSUED("partly-issued"),
    /** Nothing was issued; {@code errors} say why, all of them certain refusals. */
    REFUSED("refused"),
    /** Nothing was issued; {@code status} says why. */
    REJECTED("rejected"),
    /** Nothing was issued. */
    NOT_AUTHENTICATED("not-authenticated"),
    /** Coupons may exist: read back before you call again. The lists are all that the text names. */
    UNKNOWN("outcome-unknown");

    public final String word;

    End(String word) {
      this.word = word;
    }
  }

  /** A coupon; the id is written in digits, because no primitive type holds every id, and null where there is none. */
  public record Coupon(String code, String id) {}

  public final End end;
  public final int status;
  public final List<Coupon> coupons;
  public final int missing;
  public final List<Long> errors;
  public final List<Long> warnings;

  private enum Kind { WHOLE, TEXT, NUMBER, TRUE, FALSE, NULL, OBJECT, LIST }

  private enum Before { START, OPENED, KEY, COMMA, VALUE }

  private enum Place { ELSEWHERE, HOLDER, ENTRY, BELOW }

  private record Node(int parent, String key, Kind kind, String text, boolean intact) {}

  private record Member(int parent, String key) {}

  private record Decoded(String text, boolean intact, boolean proper) {}

  private static final int ROOT = 0;
  private static final Set<String> LISTS = Set.of("errors", "warnings");
  private static final List<String> COUNTS = List.of("successCount", "totalCount", "failureCount");
  private static final Map<String, Kind> LITERALS = Map.of("true", Kind.TRUE, "false", Kind.FALSE, "null", Kind.NULL);
  private static final Pattern NUMBER =
      Pattern.compile("(-?)(0|[1-9][0-9]*+)(?:\\.([0-9]++))?(?:[eE]([-+]?[0-9]++))?");

  private final List<Node> nodes = new ArrayList<>();
  private final int requested;
  private final Map<Member, Integer> members = new HashMap<>();
  private final Set<Integer> parents = new HashSet<>();
  private final List<Place> places = new ArrayList<>();
  private final int top;

  /**
   * The outcome of a call that requested so many coupons, 1 when it left the count out. {@code body} is without its content
   * encoding; {@code whole} is false when it may be cut off, or was compressed in another way than in one gzip member.
   */
  public static Outcome of(int status, byte[] body, int requested, boolean whole) {
    return new Outcome(status, body, requested, whole);
  }

  private Outcome(int status, byte[] body, int requested, boolean whole) {
    this.status = status;
    this.requested = requested;
    Decoded decoded = decode(body);
    nodes.add(new Node(-1, null, Kind.WHOLE, "", true));
    boolean clean = scan(decoded.text, ROOT) && decoded.proper;
    for (int index = 1; index < nodes.size(); index++) {
      Node node = nodes.get(index);
      if (node.kind == Kind.TEXT && (node.text.startsWith("{") || node.text.startsWith("["))) {
        scan(node.text, index); // JSON inside a text
      }
    }
    boolean repeated = false;
    boolean intact = true;
    for (int index = 0; index < nodes.size(); index++) {
      Node node = nodes.get(index);
      parents.add(node.parent);
      if (node.key != null && members.putIfAbsent(new Member(node.parent, node.key), index) != null) {
        repeated |= DECIDING_KEYS.contains(node.key);
      }
      intact &= node.intact || !"code".equals(node.key);
    }
    for (Node node : nodes) {
      places.add(node.parent < 0 ? Place.ELSEWHERE : place(node));
    }
    top = clean && nodes.get(1).kind == Kind.OBJECT ? 1 : -1;
    List<Coupon> named = all().filter(this::namesACode).mapToObj(this::coupon).toList();
    String lower = decoded.text.toLowerCase(Locale.ROOT);
    boolean speaksOfCoupons =
        !named.isEmpty() || all().anyMatch(this::claims) || (!clean && MARKERS.stream().anyMatch(lower::contains));
    boolean contradicted = speaksOfCoupons || all().anyMatch(this::isForeign);
    boolean readable = whole && status == PROCESSED && top > ROOT && !repeated && intact;
    boolean agree = readable && couponsAgree(named.size());
    if (whole && status == UNAUTHENTICATED && !contradicted) {
      end = End.NOT_AUTHENTICATED;
    } else if (whole && REJECTED.contains((long) status) && !contradicted) {
      end = End.REJECTED;
    } else if (agree) {
      end = named.size() == requested ? End.ISSUED : End.PARTLY_ISSUED;
    } else if (readable && !contradicted && refusalProven()) {
      end = End.REFUSED;
    } else {
      end = End.UNKNOWN;
    }
    missing = agree ? requested - named.size() : 0;
    coupons = named;
    boolean processed = end == End.ISSUED || end == End.PARTLY_ISSUED || end == End.REFUSED;
    errors = codes("errors", processed);
    warnings = codes("warnings", processed);
  }

  /** The value at a path of keys and indexes below the top, as it is written; null where there is none. */
  public String value(Object... path) {
    int index = top;
    for (Object step : path) {
      if (step instanceof Integer place) {
        List<Integer> entries = entriesOf(index);
        index = place < entries.size() ? entries.get(place) : -1;
      } else {
        index = member(index, (String) step);
      }
    }
    return index > ROOT ? nodes.get(index).text : null;
  }

  /**
   * Whether the response names the customer with this identifier; {@code type} is mobile, email or externalId. External ids
   * may come back padded with zeros.
   */
  public boolean sameCustomer(String type, String identifier) {
    for (int profile = 0; value("customer", "profiles", profile) != null; profile++) {
      for (int index = 0; value("customer", "profiles", profile, "identifiers", index, "type") != null; index++) {
        String value = value("customer", "profiles", profile, "identifiers", index, "value");
        boolean same = identifier.equals(value)
            || (type.equals("externalId") && value != null && sameExternalId(value, identifier));
        if (same && type.equals(value("customer", "profiles", profile, "identifiers", index, "type"))) {
          return true;
        }
      }
    }
    return false;
  }

  /** Compares without leading zeros: an external id may come back padded. */
  public static boolean sameExternalId(String left, String right) {
    return left.replaceFirst("^0+", "").equals(right.replaceFirst("^0+", ""));
  }

  private boolean couponsAgree(int named) {
    List<Integer> entries = entries("coupons");
    Set<String> codes = new HashSet<>();
    for (int entry : entries) {
      Node code = node(member(entry, "code"));
      if (code.kind != Kind.TEXT || code.text.isEmpty() || !codes.add(code.text)) {
        return false;
      }
    }
    int given = entries.size();
    return given > 0 && given == named && given <= requested
        && counts(this::countAgrees, given, requested, requested - given);
  }

  private boolean refusalProven() {
    List<Integer> errors = entries("errors");
    return !errors.isEmpty()
        && errors.stream().allMatch(this::isCertainRefusal)
        && isNone(Math.max(member(top, "warnings"), ROOT))
        && counts(this::countIs, 0, requested, requested);
  }

  /** The readable codes of a list, at the top or at any depth; an object in place of a list is its one entry. */
  private List<Long> codes(String list, boolean atTop) {
    List<Long> codes = new ArrayList<>();
    for (int index = 1; index < nodes.size(); index++) {
      Node node = nodes.get(index);
      Node parent = nodes.get(node.parent);
      boolean single = node.kind == Kind.OBJECT && list.equals(node.key) && !atTop;
      boolean among = parent.kind == Kind.LIST && list.equals(parent.key) && (!atTop || parent.parent == top);
      String code = single || among ? number(member(index, "code"), CODE_DIGITS) : null;
      if (code != null) {
        codes.add(Long.valueOf(code));
      }
    }
    return codes;
  }

  /** Where a value stands: the value of a key that holds codes, an entry of its list, below either, or elsewhere. */
  private Place place(Node node) {
    Node parent = nodes.get(node.parent);
    Place place = places.get(node.parent);
    if (node.key != null && CODE_HOLDERS.contains(node.key.toLowerCase(Locale.ROOT))) {
      return Place.HOLDER;
    }
    if ("code".equals(node.key) && isCoupon(node.parent)) {
      return Place.HOLDER;
    }
    if (parent.kind == Kind.LIST && place == Place.HOLDER) {
      return Place.ENTRY;
    }
    if (parent.kind != Kind.OBJECT || place == Place.ELSEWHERE) {
      return place;
    }
    boolean coupon = member(node.parent, "code") >= 0;
    return coupon || (node.key != null && LISTS.contains(node.key)) ? Place.ELSEWHERE : Place.BELOW;
  }

  private boolean namesACode(int index) {
    Node node = nodes.get(index);
    if ((node.kind != Kind.TEXT && node.kind != Kind.NUMBER) || node.text.isEmpty() || parents.contains(index)) {
      return false;
    }
    if ("code".equals(node.key)) {
      return isCoupon(node.parent);
    }
    return places.get(index) == Place.ENTRY || (places.get(index) != Place.ELSEWHERE && node.kind == Kind.TEXT);
  }

  private boolean isCoupon(int index) {
    return places.get(index) != Place.ELSEWHERE || member(index, "couponId") >= 0;
  }

  private Coupon coupon(int index) {
    Node node = nodes.get(index);
    return new Coupon(node.text, "code".equals(node.key) ? number(member(node.parent, "couponId"), ID_DIGITS) : null);
  }

  private boolean claims(int index) {
    String key = nodes.get(index).key;
    if (key == null || isNone(index)) {
      return false;
    }
    String lower = key.toLowerCase(Locale.ROOT);
    if (lower.equals("totalcount")) {
      return countsSome(nodes.get(index).parent);
    }
    return lower.equals("successcount") ? !"0".equals(number(index, ID_DIGITS)) : NAMING_KEYS.contains(lower);
  }

  /** Whether an object counts other than as many failures as coupons asked for. */
  private boolean countsSome(int index) {
    String total = number(member(index, "totalCount"), ID_DIGITS);
    String failed = number(member(index, "failureCount"), ID_DIGITS);
    return top > ROOT && total != null && failed != null && !total.equals(failed);
  }

  private boolean isForeign(int index) {
    Node node = nodes.get(index);
    if (!"code".equals(node.key) || (node.kind != Kind.TEXT && node.kind != Kind.NUMBER) || isCoupon(node.parent)) {
      return false;
    }
    String code = integer(node.text, CODE_DIGITS);
    if (code == null) {
      return node.kind == Kind.NUMBER;
    }
    long number = Long.parseLong(code);
    return number != UNAUTHENTICATED && !REJECTED.contains(number) && !CERTAIN_REFUSALS.contains(number);
  }

  private boolean counts(BiPredicate<String, String> check, int... meant) {
    return IntStream.range(0, meant.length).allMatch(at -> check.test(COUNTS.get(at), String.valueOf(meant[at])));
  }

  private boolean countAgrees(String name, String meant) {
    Node node = node(member(top, name));
    if (node.kind != Kind.TEXT && node.kind != Kind.NUMBER) {
      return true;
    }
    String count = integer(node.text, ID_DIGITS);
    return meant.equals(count) || (count == null && node.kind == Kind.TEXT);
  }

  private boolean countIs(String name, String meant) {
    int index = member(top, name);
    return index < 0 || nodes.get(index).kind == Kind.NULL || meant.equals(number(index, ID_DIGITS));
  }

  private boolean isCertainRefusal(int index) {
    String code = number(member(index, "code"), CODE_DIGITS);
    boolean denies = Set.of(Kind.WHOLE, Kind.NULL, Kind.FALSE).contains(node(member(index, "status")).kind);
    return code != null && denies && CERTAIN_REFUSALS.contains(Long.valueOf(code));
  }

  /** Null, an empty list, or the text as a whole, which stands for a member that is missing. */
  private boolean isNone(int index) {
    Kind kind = nodes.get(index).kind;
    return index == ROOT || kind == Kind.NULL || (kind == Kind.LIST && !parents.contains(index));
  }

  private IntStream all() {
    return IntStream.range(0, nodes.size());
  }

  private List<Integer> entries(String key) {
    return entriesOf(member(top, key));
  }

  private List<Integer> entriesOf(int index) {
    return node(index).kind == Kind.LIST ? all().filter(at -> nodes.get(at).parent == index).boxed().toList() : List.of();
  }

  private Node node(int index) {
    return nodes.get(Math.max(index, ROOT));
  }

  private int member(int index, String key) {
    return Objects.requireNonNullElse(members.get(new Member(index, key)), -1);
  }

  private String number(int index, int digits) {
    return node(index).kind == Kind.NUMBER ? integer(node(index).text, digits) : null;
  }

  /** The text of a body, also of one that is no UTF-8. */
  private static Decoded decode(byte[] body) {
    boolean marked = body.length > 2 && body[0] == (byte) 0xEF && body[1] == (byte) 0xBB && body[2] == (byte) 0xBF;
    ByteBuffer bytes = marked ? ByteBuffer.wrap(body, 3, body.length - 3) : ByteBuffer.wrap(body);
    String text;
    boolean proper = true;
    try {
      text = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT).decode(bytes.duplicate()).toString();
    } catch (CharacterCodingException problem) {
      text = StandardCharsets.UTF_8.decode(bytes).toString().replaceAll("\uFFFD+", "\uFFFD"); // decoders differ in how many
      proper = false;
    }
    boolean zeros = text.indexOf('\0') >= 0; // as in UTF-16
    return new Decoded(zeros ? text.replace("\0", "") : text, true, proper && !zeros);
  }

  /** Appends the nodes of a text, going on behind what is no JSON; returns whether it is one JSON value. */
  private boolean scan(String text, int root) {
    boolean clean = true;
    List<Integer> open = new ArrayList<>(List.of(root));
    Before before = Before.START;
    String key = null;
    int at = 0;
    while (at < text.length()) {
      char letter = text.charAt(at);
      if (isSpace(letter)) {
        at++;
        continue;
      }
      if (nodes.size() > MOST_VALUES) {
        return false;
      }
      int parent = open.get(open.size() - 1);
      Kind kind = open.size() > 1 ? nodes.get(parent).kind : Kind.WHOLE;
      boolean first = before == Before.OPENED || before == Before.COMMA;
      boolean expected =
          kind == Kind.LIST ? first : before == (kind == Kind.OBJECT ? Before.KEY : Before.START);
      if (letter == '"') {
        int end = endOfText(text, at + 1);
        if (end < 0) {
          return false; // a text without an end, which is not guessed
        }
        Decoded decoded = unescaped(text.substring(at + 1, end));
        at = end + 1;
        int next = at;
        while (next < text.length() && isSpace(text.charAt(next))) {
          next++;
        }
        if (next < text.length() && text.charAt(next) == ':') {
          clean &= decoded.proper && decoded.intact && kind == Kind.OBJECT && first;
          key = decoded.text;
          before = Before.KEY;
          at = next + 1;
          continue;
        }
        clean &= decoded.proper && expected;
        if (kind != Kind.OBJECT || before == Before.KEY) { // else it is a key without its colon
          nodes.add(new Node(parent, key, Kind.TEXT, decoded.text, decoded.intact));
        }
        before = Before.VALUE;
      } else if (letter == '{' || letter == '[') {
        clean &= expected;
        nodes.add(new Node(parent, key, letter == '{' ? Kind.OBJECT : Kind.LIST, "", true));
        open.add(nodes.size() - 1);
        before = Before.OPENED;
        at++;
      } else if (letter == '}' || letter == ']') {
        clean &= kind == (letter == '}' ? Kind.OBJECT : Kind.LIST) && (before == Before.OPENED || before == Before.VALUE);
        if (open.size() > 1) {
          open.remove(open.size() - 1);
        }
        before = Before.VALUE;
        at++;
      } else if (letter == ',') {
        clean &= open.size() > 1 && before == Before.VALUE;
        before = Before.COMMA;
        at++;
      } else if (isWord(letter)) {
        int end = at;
        while (end < text.length() && isWord(text.charAt(end))) {
          end++;
        }
        if (end == text.length() && open.size() > 1) {
          nodes.add(new Node(parent, key, Kind.NUMBER, "", true)); // it may go on, so it is there and has no value
          return false;
        }
        String word = text.substring(at, end);
        Kind literal = LITERALS.getOrDefault(word, Kind.NUMBER);
        clean &= expected && (literal != Kind.NUMBER || NUMBER.matcher(word).matches());
        nodes.add(new Node(parent, key, literal, word, true));
        before = Before.VALUE;
        at = end;
      } else {
        clean = false;
        at++;
        continue;
      }
      key = null;
    }
    return clean && open.size() == 1 && before == Before.VALUE;
  }

  private static boolean isSpace(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
  }

  private static boolean isWord(char letter) {
    return "-+.".indexOf(letter) >= 0 || (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z')
        || (letter >= 'a' && letter <= 'z');
  }

  private static int endOfText(String text, int from) {
    for (int at = from; at < text.length(); at++) {
      if (text.charAt(at) == '\\') {
        at++;
      } else if (text.charAt(at) == '"') {
        return at;
      }
    }
    return -1;
  }

  /** A text without its escapes, whether it had no lone surrogate, which is replaced, and whether it was proper JSON. */
  private static Decoded unescaped(String quoted) {
    boolean proper = quoted.chars().noneMatch(letter -> letter < ' ');
    StringBuilder plain = new StringBuilder();
    for (int at = 0; at < quoted.length(); at++) {
      char letter = quoted.charAt(at);
      if (letter != '\\') {
        plain.append(letter);
        continue;
      }
      letter = quoted.charAt(++at);
      int escape = "\"\\/bfnrt".indexOf(letter);
      if (escape >= 0) {
        plain.append("\"\\/\b\f\n\r\t".charAt(escape));
      } else if (letter == 'u' && isHexadecimal(quoted, at + 1)) {
        plain.append((char) Integer.parseInt(quoted, at + 1, at + 5, 16));
        at += 4;
      } else {
        proper = false;
        plain.append(letter);
      }
    }
    StringBuilder joined = new StringBuilder();
    plain.codePoints().forEach(
        point -> joined.appendCodePoint(point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE ? 0xFFFD : point));
    String text = joined.toString();
    return new Decoded(text, text.contentEquals(plain), proper);
  }

  private static boolean isHexadecimal(String text, int from) {
    return from + 4 <= text.length()
        && text.substring(from, from + 4).chars().allMatch(letter -> letter < 128 && Character.digit(letter, 16) >= 0);
  }

  /** The integer that a number is, in plain digits: 1.5E1 is 15. Null for a fraction, and for too many digits. */
  private static String integer(String number, int digits) {
    Matcher parts = NUMBER.matcher(number);
    if (!parts.matches()) {
      return null;
    }
    String fraction = Objects.requireNonNullElse(parts.group(3), "");
    String exponent = Objects.requireNonNullElse(parts.group(4), "0");
    String significant = (parts.group(2) + fraction).replaceFirst("^0+", "");
    if (significant.isEmpty()) {
      return "0";
    }
    if (exponent.length() > 5) {
      return null;
    }
    String stripped = significant.replaceFirst("0++$", "");
    int zeros = Integer.parseInt(exponent) - fraction.length() + significant.length() - stripped.length();
    return zeros < 0 || stripped.length() + zeros > digits ? null : parts.group(1) + stripped + "0".repeat(zeros);
  }
}

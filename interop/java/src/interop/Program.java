package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import couponoutcome.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Makes the calls that standard input tells it, one JSON a line, each once, and reports the end of each. The text of the
 * response decides.
 */
public final class Program {
  /** A call; {@code request} is JSON. */
  public record Call(String url, String user, String password, long timeoutMs, String request) {}

  /** The text of a response; {@code whole} is false when there is none, and when it may be cut off or was compressed. */
  public record Reply(int status, byte[] body, boolean whole) {
    public static final Reply NONE = new Reply(0, new byte[0], false);
  }

  /** Makes a call with the generated client. */
  public interface Sender {
    Reply send(Call call) throws IOException;
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  private Program() {}

  public static void run(Sender sender) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(JSON.writeValueAsString(report(JSON.readTree(line), sender)));
    }
  }

  private static Map<String, Object> report(JsonNode told, Sender sender) throws IOException {
    Map<String, Object> report = new LinkedHashMap<>(Map.of("name", told.get("name")));
    if (told.has("left")) {
      report.put("same", Outcome.sameExternalId(told.get("left").asText(), told.get("right").asText()));
    } else if (told.has("body")) {
      byte[] body = Base64.getDecoder().decode(told.get("body").asText());
      report.putAll(reported(Outcome.of(told.get("status").asInt(), body, told.get("requested").asInt(), true)));
    } else {
      JsonNode request = told.get("request");
      Reply reply = sender.send(new Call(
          told.get("url").asText(), told.get("user").asText(), told.get("password").asText(), told.get("timeoutMs").asLong(),
          request.toString()));
      Outcome outcome = Outcome.of(reply.status, reply.body, request.path("count").asInt(1), reply.whole);
      report.putAll(reported(outcome));
      report.put("sameCustomer", sameCustomer(outcome, request.get("customer")));
    }
    return report;
  }

  private static Map<String, Object> reported(Outcome outcome) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("end", outcome.end.word);
    report.put("status", outcome.status);
    report.put("codes", outcome.coupons.stream().map(Outcome.Coupon::code).toList());
    report.put("ids", outcome.coupons.stream().map(Outcome.Coupon::id).toArray());
    report.put("missing", outcome.missing);
    report.put("errors", outcome.errors);
    report.put("warnings", outcome.warnings);
    report.put("discountType", outcome.value("couponConfig", "discountType"));
    Map<String, String> details = new HashMap<>();
    details.put("discountValue", outcome.value("couponConfig", "discountValue"));
    details.put("fixedExpiryDate", outcome.value("couponConfig", "fixedExpiryDate"));
    details.put("autoUpdateTime", outcome.value("customer", "profiles", 0, "autoUpdateTime"));
    report.put("details", details);
    return report;
  }

  private static boolean sameCustomer(Outcome outcome, JsonNode customer) {
    return customer.properties().stream().anyMatch(each -> outcome.sameCustomer(each.getKey(), each.getValue().asText()));
  }
}

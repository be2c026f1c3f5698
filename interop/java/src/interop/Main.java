package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import couponapi.ApiClient;
import couponapi.model.CustomerReference;
import couponapi.model.IssuanceRequest;
import couponoutcome.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Makes the calls that interop/program.py tells it, one JSON a line, each once, and reports the end of each.
 *
 * <p>Requests are written by the generated models. They are sent with java.net.http, because the generated client gives no
 * access to the text of a response, and the text decides.
 */
public final class Main {
  private static final ObjectMapper JSON = ApiClient.createDefaultObjectMapper();
  private static final HttpClient HTTP = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();

  private Main() {}

  public static void main(String[] arguments) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(JSON.writeValueAsString(report(JSON.readTree(line))));
    }
  }

  private static Map<String, Object> report(JsonNode told) throws IOException {
    Map<String, Object> report = new LinkedHashMap<>(Map.of("name", told.get("name")));
    if (told.has("left")) {
      report.put("same", Outcome.sameExternalId(told.get("left").asText(), told.get("right").asText()));
    } else if (told.has("body")) {
      byte[] body = Base64.getDecoder().decode(told.get("body").asText());
      report.putAll(reported(Outcome.of(told.get("status").asInt(), body, told.get("requested").asInt(), true)));
    } else {
      IssuanceRequest request = JSON.treeToValue(told.get("request"), IssuanceRequest.class);
      Outcome outcome = issue(told, request);
      report.putAll(reported(outcome));
      report.put("sameCustomer", sameCustomer(outcome, request.getCustomer()));
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

  private static boolean sameCustomer(Outcome outcome, CustomerReference asked) {
    return (asked.getMobile() != null && outcome.sameCustomer("mobile", asked.getMobile()))
        || (asked.getEmail() != null && outcome.sameCustomer("email", asked.getEmail()))
        || (asked.getExternalId() != null && outcome.sameCustomer("externalId", asked.getExternalId()));
  }

  private static Outcome issue(JsonNode told, IssuanceRequest request) throws IOException {
    int requested = Objects.requireNonNullElse(request.getCount(), 1);
    String till = told.get("user").asText() + ":" + told.get("password").asText();
    HttpRequest sent = HttpRequest.newBuilder(URI.create(told.get("url").asText() + "/v2/coupon/issue/multiple"))
        .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(till.getBytes(StandardCharsets.UTF_8)))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(request)))
        .build();
    CompletableFuture<HttpResponse<byte[]>> call = HTTP.sendAsync(sent, HttpResponse.BodyHandlers.ofByteArray());
    try { // the timeout of a request ends with the head of its response, and this one with the last byte
      HttpResponse<byte[]> response = call.get(told.get("timeoutMs").asLong(), TimeUnit.MILLISECONDS);
      boolean whole = response.headers().firstValue("Content-Encoding").isEmpty();
      return Outcome.of(response.statusCode(), response.body(), requested, whole);
    } catch (ExecutionException | TimeoutException problem) { // its message may quote the response
      call.cancel(true);
      return Outcome.of(0, new byte[0], requested, false);
    } catch (InterruptedException problem) {
      Thread.currentThread().interrupt();
      return Outcome.of(0, new byte[0], requested, false);
    }
  }
}

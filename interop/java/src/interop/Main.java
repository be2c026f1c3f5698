package interop;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.type.LogicalType;
import couponapi.ApiClient;
import couponapi.ApiException;
import couponapi.api.IssuanceApi;
import couponapi.model.Coupon;
import couponapi.model.IssuanceRequest;
import couponapi.model.IssuanceResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Makes the calls that interop/program.py tells it, one JSON a line, each once, and reports the end of each. */
public final class Main {
  private static final ObjectMapper JSON = strict();

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
      return report;
    }
    IssuanceRequest request = JSON.treeToValue(told.get("request"), IssuanceRequest.class);
    Outcome outcome = issue(new IssuanceApi(client(told)), request);
    report.put("codes", List.of());
    if (outcome instanceof Outcome.Issued issued) {
      IssuanceResponse answer = issued.answer();
      report.put("end", issued.missing() == 0 ? "issued" : "partly-issued");
      report.put("codes", answer.getCoupons().stream().map(Coupon::getCode).toList());
      report.put("missing", issued.missing());
      report.put("errors", issued.errors());
      report.put("warnings", issued.warnings());
      report.put("discountType", answer.getCouponConfig() == null ? null : answer.getCouponConfig().getDiscountType());
      report.put("sameCustomer", Outcome.sameCustomer(answer.getCustomer(), request.getCustomer()));
    } else if (outcome instanceof Outcome.Refused refused) {
      report.put("end", "refused");
      report.put("errors", refused.errors());
      report.put("warnings", refused.warnings());
    } else if (outcome instanceof Outcome.Rejected rejected) {
      report.put("end", rejected.status() == 401 ? "not-authenticated" : "rejected");
      report.put("status", rejected.status());
    } else if (outcome instanceof Outcome.Unknown unknown) {
      report.put("end", "outcome-unknown");
      report.put("why", unknown.why());
      report.put("codes", unknown.coupons().stream().filter(Objects::nonNull).map(Coupon::getCode).toList());
      report.put("errors", unknown.errors());
      report.put("warnings", unknown.warnings());
    }
    return report;
  }

  private static Outcome issue(IssuanceApi api, IssuanceRequest request) {
    try {
      return Outcome.of(api.issueMultipleCouponsWithHttpInfo(request), Objects.requireNonNullElse(request.getCount(), 1));
    } catch (ApiException problem) {
      return Outcome.of(problem);
    }
  }

  private static ApiClient client(JsonNode told) {
    HttpClient.Builder http = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER);
    String till = told.get("user").asText() + ":" + told.get("password").asText();
    String basic = "Basic " + Base64.getEncoder().encodeToString(till.getBytes(StandardCharsets.UTF_8));
    return new ApiClient(http, JSON, told.get("url").asText())
        .setReadTimeout(Duration.ofMillis(told.get("timeoutMs").asLong()))
        .setRequestInterceptor(request -> request.header("Authorization", basic));
  }

  /** Jackson's defaults make a text of a number: a coupon code that has lost its leading zeros would look like one. */
  private static ObjectMapper strict() {
    ObjectMapper mapper = ApiClient.createDefaultObjectMapper();
    mapper.configure(MapperFeature.ALLOW_COERCION_OF_SCALARS, false);
    mapper.configure(DeserializationFeature.ACCEPT_FLOAT_AS_INT, false);
    mapper.configure(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, true);
    mapper.coercionConfigFor(LogicalType.Textual)
        .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
    return mapper;
  }
}

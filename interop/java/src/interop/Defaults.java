package interop;

import couponapi.ApiClient;
import couponapi.ApiException;
import couponapi.api.IssuanceApi;
import couponapi.model.Coupon;
import couponapi.model.CustomerReference;
import couponapi.model.IssuanceRequest;
import couponapi.model.IssuanceResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Calls the generated client with its defaults, and believes what it decodes: a caller for `coupon-contract judge-caller`. */
public final class Defaults {
  private Defaults() {}

  public static void main(String[] arguments) throws IOException {
    Map<String, String> env = System.getenv();
    IssuanceApi api = new IssuanceApi(client(env));
    for (int calls = Integer.parseInt(env.getOrDefault("COUPON_CALLS", "1")); calls > 0; calls--) {
      System.out.println(ApiClient.createDefaultObjectMapper().writeValueAsString(issued(api, env)));
    }
  }

  private static ApiClient client(Map<String, String> env) {
    String till = env.get("COUPON_USER") + ":" + env.get("COUPON_PASSWORD");
    String basic = "Basic " + Base64.getEncoder().encodeToString(till.getBytes(StandardCharsets.UTF_8));
    ApiClient client = new ApiClient();
    client.updateBaseUri(env.get("COUPON_URL"));
    client.setRequestInterceptor(request -> request.header("Authorization", basic));
    return client;
  }

  private static Map<String, Object> issued(IssuanceApi api, Map<String, String> env) {
    int count = Integer.parseInt(env.get("COUPON_COUNT"));
    IssuanceRequest request = new IssuanceRequest()
        .seriesId(Long.parseLong(env.get("COUPON_SERIES")))
        .customer(new CustomerReference().mobile(env.get("COUPON_MOBILE")))
        .count(count);
    try {
      IssuanceResponse response = api.issueMultipleCoupons(request);
      List<Coupon> coupons = response == null || response.getCoupons() == null ? List.of() : response.getCoupons();
      String end = coupons.size() == count ? "issued" : coupons.isEmpty() ? "nothing-issued" : "partly-issued";
      return Map.of("end", end, "codes", coupons.stream().map(Coupon::getCode).toList());
    } catch (ApiException problem) {
      return Map.of("end", problem.getCode() > 0 ? "nothing-issued" : "unknown"); // 0: no HTTP status
    }
  }
}

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

/** Calls the client of openapi-generator's library native with its defaults, and believes what it decodes. */
public final class Defaults {
  private static final ApiClient client = new ApiClient();

  private Defaults() {}

  public static void main(String[] arguments) throws IOException {
    Caller.run(Defaults::issue);
  }

  private static List<Caller.Coupon> issue(Caller.Order order) throws ApiException {
    String till = order.user() + ":" + order.password();
    String basic = "Basic " + Base64.getEncoder().encodeToString(till.getBytes(StandardCharsets.UTF_8));
    client.updateBaseUri(order.url());
    client.setRequestInterceptor(request -> request.header("Authorization", basic));
    IssuanceRequest request = new IssuanceRequest()
        .seriesId(order.series())
        .customer(new CustomerReference().mobile(order.mobile()))
        .count(order.count());
    try {
      IssuanceResponse response = new IssuanceApi(client).issueMultipleCoupons(request);
      List<Coupon> coupons = response == null || response.getCoupons() == null ? List.of() : response.getCoupons();
      return coupons.stream().map(coupon -> new Caller.Coupon(coupon.getCode(), coupon.getCouponId())).toList();
    } catch (ApiException problem) {
      if (problem.getCode() > 0) return List.of(); // 0: no HTTP status
      throw problem;
    }
  }
}

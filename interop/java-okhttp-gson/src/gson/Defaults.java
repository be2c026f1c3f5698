package gson;

import couponapi.ApiClient;
import couponapi.ApiException;
import couponapi.api.IssuanceApi;
import couponapi.model.Coupon;
import couponapi.model.CustomerReference;
import couponapi.model.IssuanceRequest;
import couponapi.model.IssuanceResponse;
import interop.Caller;
import java.io.IOException;
import java.util.List;

/** Calls the client of openapi-generator's library okhttp-gson with its defaults, and believes what it decodes. */
public final class Defaults {
  private static final ApiClient client = new ApiClient();

  private Defaults() {}

  public static void main(String[] arguments) throws IOException {
    Caller.run(Defaults::issue);
    client.getHttpClient().dispatcher().executorService().shutdown();
    client.getHttpClient().connectionPool().evictAll();
  }

  private static List<Caller.Coupon> issue(Caller.Order order) throws ApiException {
    client.setBasePath(order.url());
    client.setUsername(order.user());
    client.setPassword(order.password());
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

package interop;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Makes of a generated client a caller for `coupon-contract judge-caller`, which believes what the client decodes. */
public final class Caller {
  /** What judge-caller asks for. */
  public record Order(String url, String user, String password, long series, String mobile, int count) {}

  /** A coupon as the generated client holds it. */
  public record Coupon(String code, Long id) {}

  /** Returns the coupons of a response, none for a failed status; throws when there is no response that it can read. */
  public interface Issuer {
    List<Coupon> issue(Order order) throws Exception;
  }

  private Caller() {}

  public static void run(Issuer issuer) throws IOException {
    Map<String, String> env = System.getenv();
    Order order = new Order(
        env.get("COUPON_URL"), env.get("COUPON_USER"), env.get("COUPON_PASSWORD"),
        Long.parseLong(env.get("COUPON_SERIES")), env.get("COUPON_MOBILE"), Integer.parseInt(env.get("COUPON_COUNT")));
    for (int calls = Integer.parseInt(env.getOrDefault("COUPON_CALLS", "1")); calls > 0; calls--) {
      System.out.println(new ObjectMapper().writeValueAsString(report(issuer, order)));
    }
  }

  private static Map<String, Object> report(Issuer issuer, Order order) {
    List<Coupon> coupons;
    try {
      coupons = issuer.issue(order);
    } catch (Exception problem) {
      return Map.of("end", "unknown");
    }
    String end = coupons.size() == order.count ? "issued" : coupons.isEmpty() ? "nothing-issued" : "partly-issued";
    return Map.of(
        "end", end,
        "codes", coupons.stream().map(Coupon::code).toList(),
        "ids", coupons.stream().map(coupon -> String.valueOf(coupon.id)).toList());
  }
}

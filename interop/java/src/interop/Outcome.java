package interop;

import couponapi.ApiException;
import couponapi.ApiResponse;
import couponapi.model.Coupon;
import couponapi.model.Customer;
import couponapi.model.CustomerReference;
import couponapi.model.Identifier;
import couponapi.model.IssuanceError;
import couponapi.model.IssuanceResponse;
import couponapi.model.IssuanceWarning;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What a call of the issuing operation came to. Codes may be ones that no document knows yet. */
public sealed interface Outcome {

  /** The coupons of {@code answer} exist; {@code missing} of those that were asked for do not. */
  record Issued(IssuanceResponse answer, int missing, List<Integer> errors, List<Integer> warnings) implements Outcome {}

  /** Nothing was issued: every error is a certain refusal. */
  record Refused(List<Integer> errors, List<Integer> warnings) implements Outcome {}

  /** Nothing was issued; with 401 the credentials are wrong. */
  record Rejected(int status) implements Outcome {}

  /** Coupons may exist: read back before you call again. The lists are what the answer names. */
  record Unknown(String why, List<Coupon> coupons, List<Integer> errors, List<Integer> warnings) implements Outcome {
    Unknown(String why) {
      this(why, List.of(), List.of(), List.of());
    }
  }

  /** Statuses that the document says issue nothing. */
  Set<Integer> REJECTED = Set.of(400, 401, 403, 405, 415, 429);

  /** Codes of errors that prove that nothing was issued; no other code does. */
  Set<Integer> CERTAIN_REFUSALS = Set.of(677, 701, 707, 709, 712, 713, 742, 755, 756, 777, 5001, 5002, 5004, 5005);

  /** Codes with which coupons were or may have been issued. As warnings they contradict a refusal. */
  Set<Integer> ISSUED_OR_IN_DOUBT = Set.of(
      500, 510, 621, 626, 629, 678, 679, 687, 700, 702, 704, 722, 724, 730, 731,
      748, 786, 787, 789, 790, 791, 792, 793, 794, 796, 797, 798, 5006);

  /** The outcome of a call that asked for so many coupons, 1 when it left the count out. */
  static Outcome of(ApiResponse<IssuanceResponse> response, int asked) {
    if (response.getStatusCode() != 200 || response.getData() == null) {
      return new Unknown("HTTP " + response.getStatusCode() + " without an answer");
    }
    return of(response.getData(), asked);
  }

  /** The outcome of a call that failed. The exception's own text may quote the answer, so it is not passed on. */
  static Outcome of(ApiException problem) {
    int status = problem.getCode();
    return REJECTED.contains(status) ? new Rejected(status) : new Unknown("HTTP " + status + ", 0 for no answer that can be read");
  }

  /** The outcome that an answer tells. */
  private static Outcome of(IssuanceResponse answer, int asked) {
    List<Coupon> coupons = orEmpty(answer.getCoupons()).toList();
    List<Integer> errors = orEmpty(answer.getErrors()).map(each -> each == null ? null : each.getCode()).toList();
    List<Integer> warnings = orEmpty(answer.getWarnings()).map(each -> each == null ? null : each.getCode()).toList();
    if (coupons.isEmpty()) {
      boolean counted = Objects.requireNonNullElse(answer.getSuccessCount(), 0) > 0;
      if (errors.isEmpty() || counted) {
        return new Unknown("neither coupons nor a reason", coupons, errors, warnings);
      }
      boolean proven = errors.stream().allMatch(code -> code != null && CERTAIN_REFUSALS.contains(code));
      if (!proven || warnings.stream().anyMatch(code -> code != null && ISSUED_OR_IN_DOUBT.contains(code))) {
        return new Unknown("no coupons, and a code that does not prove a refusal", coupons, errors, warnings);
      }
      return new Refused(errors, warnings);
    }
    if (!coupons.stream().allMatch(each -> each != null && each.getCode() != null && !each.getCode().isEmpty())) {
      return new Unknown("a coupon without a code", coupons, errors, warnings);
    }
    if (coupons.stream().map(Coupon::getCode).distinct().count() < coupons.size()) {
      return new Unknown("a coupon is named twice", coupons, errors, warnings);
    }
    int total = Objects.requireNonNullElse(answer.getTotalCount(), asked);
    int issued = Objects.requireNonNullElse(answer.getSuccessCount(), coupons.size());
    int failed = Objects.requireNonNullElse(answer.getFailureCount(), total - issued);
    if (issued > asked || total != asked || issued != coupons.size() || failed != total - issued) {
      return new Unknown("the counts contradict the coupons", coupons, errors, warnings);
    }
    return new Issued(answer, asked - issued, errors, warnings);
  }

  /** Whether the answer names the customer that was asked for. */
  static boolean sameCustomer(Customer customer, CustomerReference asked) {
    return Optional.ofNullable(customer).stream()
        .flatMap(each -> orEmpty(each.getProfiles()))
        .flatMap(profile -> orEmpty(profile.getIdentifiers()))
        .anyMatch(identifier -> isOf(identifier, asked));
  }

  private static boolean isOf(Identifier identifier, CustomerReference asked) {
    return switch (identifier.getType()) {
      case "mobile" -> identifier.getValue().equals(asked.getMobile());
      case "email" -> identifier.getValue().equals(asked.getEmail());
      case "externalId" -> asked.getExternalId() != null && sameExternalId(identifier.getValue(), asked.getExternalId());
      default -> false;
    };
  }

  /** Compares without leading zeros: an external id may come back padded. */
  static boolean sameExternalId(String left, String right) {
    return left.replaceFirst("^0+", "").equals(right.replaceFirst("^0+", ""));
  }

  private static <T> Stream<T> orEmpty(List<T> list) {
    return list == null ? Stream.empty() : list.stream();
  }
}

package interop

import couponapi.infrastructure.ApiResponse
import couponapi.infrastructure.Success
import couponapi.models.Coupon
import couponapi.models.Customer
import couponapi.models.CustomerReference
import couponapi.models.IssuanceResponse

/** What a call of the issuing operation came to. Codes may be ones that no document knows yet. */
sealed interface Outcome {
    /** The coupons of [answer] exist; [missing] of those that were asked for do not. */
    class Issued(val answer: IssuanceResponse, val missing: Int, val errors: List<Int>, val warnings: List<Int>) : Outcome

    /** Nothing was issued: every error is a certain refusal. */
    class Refused(val errors: List<Int>, val warnings: List<Int>) : Outcome

    /** Nothing was issued; with 401 the credentials are wrong. */
    class Rejected(val status: Int) : Outcome

    /** Coupons may exist: read back before you call again. The lists are what the answer names. */
    class Unknown(
        val why: String,
        val coupons: List<Coupon> = emptyList(),
        val errors: List<Int> = emptyList(),
        val warnings: List<Int> = emptyList(),
    ) : Outcome
}

/** Statuses that the document says issue nothing. */
private val REJECTED = setOf(400, 401, 403, 405, 415, 429)

/** Codes of errors that prove that nothing was issued; no other code does. */
private val CERTAIN_REFUSALS = setOf(677, 701, 707, 709, 712, 713, 742, 755, 756, 777, 5001, 5002, 5004, 5005)

/** Codes with which coupons were or may have been issued. As warnings they contradict a refusal. */
private val ISSUED_OR_IN_DOUBT = setOf(
    500, 510, 621, 626, 629, 678, 679, 687, 700, 702, 704, 722, 724, 730, 731,
    748, 786, 787, 789, 790, 791, 792, 793, 794, 796, 797, 798, 5006,
)

/** Makes the call, once, and tells what became of the [asked] coupons; 1 when the request left the count out. */
fun outcome(asked: Int, call: () -> ApiResponse<IssuanceResponse?>): Outcome {
    val response = try {
        call()
    } catch (problem: Exception) { // its message may quote the answer
        return Outcome.Unknown("no answer that can be read: ${problem.javaClass.simpleName}")
    }
    if (response.statusCode in REJECTED) return Outcome.Rejected(response.statusCode)
    val answer = (response as? Success)?.data
    if (response.statusCode != 200 || answer == null) return Outcome.Unknown("HTTP ${response.statusCode} without an answer")
    return outcome(asked, answer)
}

private fun outcome(asked: Int, answer: IssuanceResponse): Outcome {
    val coupons = answer.coupons.orEmpty()
    val errors = answer.errors.map { it.code }
    val warnings = answer.warnings.orEmpty().map { it.code }
    fun unknown(why: String) = Outcome.Unknown(why, coupons, errors, warnings)
    if (coupons.isEmpty()) {
        if (errors.isEmpty() || (answer.successCount ?: 0) > 0) return unknown("neither coupons nor a reason")
        if (!CERTAIN_REFUSALS.containsAll(errors) || warnings.any { it in ISSUED_OR_IN_DOUBT }) {
            return unknown("no coupons, and a code that does not prove a refusal")
        }
        return Outcome.Refused(errors, warnings)
    }
    if (coupons.any { it.code.isEmpty() }) return unknown("a coupon without a code")
    if (coupons.distinctBy { it.code }.size < coupons.size) return unknown("a coupon is named twice")
    val total = answer.totalCount ?: asked
    val issued = answer.successCount ?: coupons.size
    val failed = answer.failureCount ?: (total - issued)
    if (issued > asked || total != asked || issued != coupons.size || failed != total - issued) {
        return unknown("the counts contradict the coupons")
    }
    return Outcome.Issued(answer, asked - issued, errors, warnings)
}

/** Whether the answer names the customer that was asked for. */
fun sameCustomer(customer: Customer?, asked: CustomerReference): Boolean =
    customer?.profiles.orEmpty().flatMap { it.identifiers }.any {
        when (it.type) {
            "mobile" -> it.value == asked.mobile
            "email" -> it.value == asked.email
            "externalId" -> asked.externalId != null && sameExternalId(it.value, asked.externalId)
            else -> false
        }
    }

/** Compares without leading zeros: an external id may come back padded. */
fun sameExternalId(left: String, right: String): Boolean = left.trimStart('0') == right.trimStart('0')

package interop

import couponapi.infrastructure.ApiResponse
import couponapi.infrastructure.Success
import couponapi.models.Customer
import couponapi.models.CustomerReference
import couponapi.models.IssuanceResponse

/** What a call of the issuing operation came to. Codes may be ones that no document knows yet. */
sealed interface Outcome {
    /** The coupons of [answer] exist; [missing] of those that were asked for do not. */
    class Issued(val answer: IssuanceResponse, val missing: Int, val errors: List<Int>, val warnings: List<Int>) : Outcome

    /** Nothing was issued. */
    class Refused(val errors: List<Int>, val warnings: List<Int>) : Outcome

    /** Nothing was issued; with 401 the credentials are wrong. */
    class Rejected(val status: Int) : Outcome

    /** Coupons may exist: read back before you call again. */
    class Unknown(val why: String) : Outcome
}

/** Statuses that the document says issue nothing. */
private val REJECTED = setOf(400, 401, 403, 405, 415, 429)

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
    if (coupons.isEmpty()) {
        val refused = errors.isNotEmpty() && (answer.successCount ?: 0) <= 0
        return if (refused) Outcome.Refused(errors, warnings) else Outcome.Unknown("neither coupons nor a reason")
    }
    if (coupons.any { it.code.isEmpty() }) return Outcome.Unknown("a coupon without a code")
    if (coupons.distinctBy { it.code }.size < coupons.size) return Outcome.Unknown("a coupon is named twice")
    val total = answer.totalCount ?: asked
    val issued = answer.successCount ?: coupons.size
    val failed = answer.failureCount ?: (total - issued)
    if (issued > asked || total != asked || issued != coupons.size || failed != total - issued) {
        return Outcome.Unknown("the counts contradict the coupons")
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

/** Makes the calls that standard input tells it, one JSON a line, each once, and reports the end of each. */
package interop

import com.fasterxml.jackson.databind.JsonNode
import couponapi.apis.IssuanceApi
import couponapi.infrastructure.Serializer
import couponapi.models.IssuanceRequest
import couponoutcome.Outcome
import couponoutcome.sameExternalId
import java.io.PrintStream
import java.time.Duration
import java.util.Base64
import okhttp3.OkHttpClient
import okhttp3.RequestBody
import okio.BufferedSink

private val json = Serializer.jacksonObjectMapper

fun main() {
    val out = PrintStream(System.out, true, Charsets.UTF_8)
    System.`in`.bufferedReader().forEachLine { out.println(json.writeValueAsString(report(json.readTree(it)))) }
}

private fun report(told: JsonNode): Map<String, Any?> {
    val name = "name" to told["name"].asText()
    if (told.has("left")) return mapOf(name, "same" to sameExternalId(told["left"].asText(), told["right"].asText()))
    if (told.has("body")) {
        val body = Base64.getDecoder().decode(told["body"].asText())
        return mapOf(name) + reported(Outcome(told["status"].asInt(), body, told["requested"].asInt(), true))
    }
    val request = json.treeToValue(told["request"], IssuanceRequest::class.java)
    val outcome = issue(told, request)
    val asked = mapOf(
        "mobile" to request.customer.mobile, "email" to request.customer.email, "externalId" to request.customer.externalId,
    )
    val same = asked.any { (type, identifier) -> identifier != null && outcome.sameCustomer(type, identifier) }
    return mapOf(name, "sameCustomer" to same) + reported(outcome)
}

private fun reported(outcome: Outcome): Map<String, Any?> = mapOf(
    "end" to outcome.end.word,
    "status" to outcome.status,
    "codes" to outcome.coupons.map { it.code },
    "ids" to outcome.coupons.map { it.id },
    "missing" to outcome.missing,
    "errors" to outcome.errors,
    "warnings" to outcome.warnings,
    "discountType" to outcome.value("couponConfig", "discountType"),
    "details" to mapOf(
        "discountValue" to outcome.value("couponConfig", "discountValue"),
        "fixedExpiryDate" to outcome.value("couponConfig", "fixedExpiryDate"),
        "autoUpdateTime" to outcome.value("customer", "profiles", 0, "autoUpdateTime"),
    ),
)

/** The text of a response, kept before the generated client decodes it. */
private class Kept {
    var status = 0
    var body = ByteArray(0)
    var whole = false
}

/** Makes the call with the generated client. What it decodes is not used: the text decides. */
private fun issue(told: JsonNode, request: IssuanceRequest): Outcome {
    val kept = Kept()
    val api = IssuanceApi(told["url"].asText(), client(told["timeoutMs"].asLong(), kept))
    api.userCredentialsProvider = { told["user"].asText() to told["password"].asText() }
    try {
        api.issueMultipleCouponsWithHttpInfo(request)
    } catch (problem: Exception) { // a lost response, or a body that the generated models cannot hold
    }
    return Outcome(kept.status, kept.body, request.count ?: 1, kept.whole)
}

/** A client that sends once. OkHttp repeats a POST by itself: after 408, after 503 with Retry-After 0, on lost connections. */
private fun client(timeoutMs: Long, kept: Kept): OkHttpClient =
    OkHttpClient.Builder()
        .callTimeout(Duration.ofMillis(timeoutMs))
        .followRedirects(false)
        .retryOnConnectionFailure(false)
        .addInterceptor { chain ->
            val request = chain.request()
            val once = request.newBuilder().header("Accept-Encoding", "identity").method(request.method, request.body?.let(::OneShot))
            val response = chain.proceed(once.build())
            val text = response.body.source()
            kept.status = response.code
            try {
                text.request(Long.MAX_VALUE)
                kept.whole = response.header("Content-Encoding") == null
            } finally { // what arrived of it may name coupons
                kept.body = text.buffer.snapshot().toByteArray()
            }
            response
        }
        .build()

private class OneShot(private val body: RequestBody) : RequestBody() {
    override fun isOneShot() = true

    override fun contentType() = body.contentType()

    override fun contentLength() = body.contentLength()

    override fun writeTo(sink: BufferedSink) = body.writeTo(sink)
}

/** Makes the calls that interop/program.py tells it, one JSON a line, each once, and reports the end of each. */
package interop

import com.fasterxml.jackson.annotation.JsonSetter
import com.fasterxml.jackson.annotation.Nulls
import com.fasterxml.jackson.databind.DeserializationFeature
import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.MapperFeature
import com.fasterxml.jackson.databind.cfg.CoercionAction
import com.fasterxml.jackson.databind.cfg.CoercionInputShape
import com.fasterxml.jackson.databind.type.LogicalType
import couponapi.apis.IssuanceApi
import couponapi.infrastructure.Serializer
import couponapi.models.IssuanceRequest
import java.io.PrintStream
import java.time.Duration
import okhttp3.OkHttpClient
import okhttp3.RequestBody
import okio.BufferedSink

private val json = Serializer.jacksonObjectMapper

fun main() {
    strict()
    val out = PrintStream(System.out, true, Charsets.UTF_8)
    System.`in`.bufferedReader().forEachLine { out.println(json.writeValueAsString(report(json.readTree(it)))) }
}

private fun report(told: JsonNode): Map<String, Any?> {
    val name = "name" to told["name"].asText()
    if (told.has("left")) return mapOf(name, "same" to sameExternalId(told["left"].asText(), told["right"].asText()))
    val request = json.treeToValue(told["request"], IssuanceRequest::class.java)
    val api = IssuanceApi(told["url"].asText(), client(told["timeoutMs"].asLong()))
    api.userCredentialsProvider = { told["user"].asText() to told["password"].asText() }
    return when (val outcome = outcome(request.count ?: 1) { api.issueMultipleCouponsWithHttpInfo(request) }) {
        is Outcome.Issued -> mapOf(
            name,
            "end" to if (outcome.missing == 0) "issued" else "partly-issued",
            "codes" to outcome.answer.coupons?.map { it.code },
            "missing" to outcome.missing,
            "errors" to outcome.errors,
            "warnings" to outcome.warnings,
            "discountType" to outcome.answer.couponConfig?.discountType,
            "sameCustomer" to sameCustomer(outcome.answer.customer, request.customer),
        )
        is Outcome.Refused ->
            mapOf(name, "end" to "refused", "errors" to outcome.errors, "warnings" to outcome.warnings)
        is Outcome.Rejected -> {
            val end = if (outcome.status == 401) "not-authenticated" else "rejected"
            mapOf(name, "end" to end, "status" to outcome.status)
        }
        is Outcome.Unknown -> mapOf(
            name,
            "end" to "outcome-unknown",
            "why" to outcome.why,
            "codes" to outcome.coupons.map { it.code },
            "errors" to outcome.errors,
            "warnings" to outcome.warnings,
        )
    }
}

/** A client that sends once. OkHttp repeats a POST by itself: after 408, after 503 with Retry-After 0, on lost connections. */
private fun client(timeoutMs: Long): OkHttpClient =
    OkHttpClient.Builder()
        .callTimeout(Duration.ofMillis(timeoutMs))
        .followRedirects(false)
        .retryOnConnectionFailure(false)
        .addInterceptor { chain ->
            val request = chain.request()
            chain.proceed(request.newBuilder().method(request.method, request.body?.let(::OneShot)).build())
        }
        .build()

private class OneShot(private val body: RequestBody) : RequestBody() {
    override fun isOneShot() = true

    override fun contentType() = body.contentType()

    override fun contentLength() = body.contentLength()

    override fun writeTo(sink: BufferedSink) = body.writeTo(sink)
}

/** Jackson's defaults make a text of a number: a coupon code that has lost its leading zeros would look like one. */
private fun strict() {
    json.configure(DeserializationFeature.ACCEPT_FLOAT_AS_INT, false)
    json.configure(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES, true)
    json.setDefaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL)) // else a list of coupons may hold null
    json.configure(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, true)
    json.configure(MapperFeature.ALLOW_COERCION_OF_SCALARS, false)
    json.coercionConfigFor(LogicalType.Textual)
        .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail)
}

/** Calls the generated client with its defaults, and believes what it decodes: a caller for `coupon-contract judge-caller`. */
package interop

import couponapi.apis.IssuanceApi
import couponapi.infrastructure.ClientException
import couponapi.infrastructure.Serializer
import couponapi.infrastructure.ServerException
import couponapi.models.CustomerReference
import couponapi.models.IssuanceRequest

object Defaults {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val env = System.getenv()
        repeat(env["COUPON_CALLS"]?.toInt() ?: 1) { println(Serializer.jacksonObjectMapper.writeValueAsString(issued(env))) }
    }

    private fun issued(env: Map<String, String>): Map<String, Any> {
        val count = env.getValue("COUPON_COUNT").toInt()
        val api = IssuanceApi(env.getValue("COUPON_URL"))
        api.userCredentialsProvider = { env.getValue("COUPON_USER") to env.getValue("COUPON_PASSWORD") }
        val request = IssuanceRequest(
            env.getValue("COUPON_SERIES").toLong(), CustomerReference(mobile = env.getValue("COUPON_MOBILE")), count,
        )
        return try {
            val coupons = api.issueMultipleCoupons(request).coupons.orEmpty()
            val codes = coupons.map { it.code }
            val end = if (codes.size == count) "issued" else if (codes.isEmpty()) "nothing-issued" else "partly-issued"
            mapOf("end" to end, "codes" to codes, "ids" to coupons.map { it.couponId.toString() })
        } catch (problem: ClientException) {
            mapOf("end" to "nothing-issued")
        } catch (problem: ServerException) {
            mapOf("end" to "nothing-issued")
        } catch (problem: Exception) {
            mapOf("end" to "unknown")
        }
    }
}

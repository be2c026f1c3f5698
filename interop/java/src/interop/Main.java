package interop;

import couponapi.ApiClient;
import couponapi.model.IssuanceRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Makes the calls of standard input beside the client of openapi-generator's library native.
 *
 * <p>Requests are written by the generated models. They are sent with java.net.http, because the generated client gives no
 * access to the text of a response, and the text decides.
 */
public final class Main {
  private static final HttpClient HTTP = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();

  private Main() {}

  public static void main(String[] arguments) throws IOException {
    Program.run(Main::send);
  }

  private static Program.Reply send(Program.Call call) throws IOException {
    var json = ApiClient.createDefaultObjectMapper();
    IssuanceRequest request = json.readValue(call.request(), IssuanceRequest.class);
    String till = call.user() + ":" + call.password();
    HttpRequest sent = HttpRequest.newBuilder(URI.create(call.url() + "/v2/coupon/issue/multiple"))
        .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(till.getBytes(StandardCharsets.UTF_8)))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(request)))
        .build();
    Kept kept = new Kept();
    CompletableFuture<HttpResponse<Void>> answer = HTTP.sendAsync(sent, kept::handler);
    boolean whole = false;
    try { // the timeout of a request ends with the head of its response, and this one with the last byte
      HttpResponse<Void> response = answer.get(call.timeoutMs(), TimeUnit.MILLISECONDS);
      whole = response.headers().firstValue("Content-Encoding").isEmpty();
    } catch (ExecutionException | TimeoutException problem) { // its message may quote the response
      answer.cancel(true);
    } catch (InterruptedException problem) {
      Thread.currentThread().interrupt();
    }
    return kept.reply(whole);
  }

  /** What arrived of a response, also of one that is cut off: it may name coupons. */
  private static final class Kept {
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(); // its methods are synchronized
    private volatile int status;

    HttpResponse.BodySubscriber<Void> handler(HttpResponse.ResponseInfo head) {
      status = head.statusCode();
      return HttpResponse.BodySubscribers.ofByteArrayConsumer(part -> part.ifPresent(body::writeBytes));
    }

    Program.Reply reply(boolean whole) {
      return new Program.Reply(status, body.toByteArray(), whole);
    }
  }
}

package gson;

import couponapi.ApiClient;
import couponapi.ApiException;
import couponapi.api.IssuanceApi;
import couponapi.model.IssuanceRequest;
import interop.Program;
import java.io.IOException;
import java.time.Duration;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import okio.BufferedSource;

/**
 * Makes the calls of standard input with the client of openapi-generator's library okhttp-gson. What it decodes is not used:
 * the text decides.
 */
public final class Main {
  private static final OkHttpClient HTTP = new OkHttpClient();

  private Main() {}

  public static void main(String[] arguments) throws IOException {
    Program.run(Main::send);
  }

  private static Program.Reply send(Program.Call call) throws IOException {
    Keeper keeper = new Keeper();
    ApiClient client = new ApiClient(once(call.timeoutMs(), keeper));
    client.setBasePath(call.url());
    client.setUsername(call.user());
    client.setPassword(call.password());
    IssuanceRequest request = IssuanceRequest.fromJson(call.request());
    try {
      new IssuanceApi(client).issueMultipleCouponsWithHttpInfo(request);
    } catch (ApiException | RuntimeException problem) { // a lost response, or one that its models cannot hold
    }
    return keeper.kept;
  }

  /** A client that sends once. OkHttp repeats a POST by itself: after 408, after 503 with Retry-After 0, on lost connections. */
  private static OkHttpClient once(long timeoutMs, Keeper keeper) {
    return HTTP.newBuilder()
        .callTimeout(Duration.ofMillis(timeoutMs))
        .followRedirects(false)
        .retryOnConnectionFailure(false)
        .addInterceptor(keeper)
        .build();
  }

  /** Keeps the text of a response before the generated client decodes it, and has the body of the request sent once. */
  private static final class Keeper implements Interceptor {
    private Program.Reply kept = Program.Reply.NONE;

    @Override
    public Response intercept(Chain chain) throws IOException {
      Request request = chain.request();
      Response response = chain.proceed(request.newBuilder()
          .header("Accept-Encoding", "identity")
          .method(request.method(), new OneShot(request.body()))
          .build());
      BufferedSource text = response.body().source();
      boolean whole = false;
      try {
        text.request(Long.MAX_VALUE);
        whole = response.header("Content-Encoding") == null;
      } finally { // what arrived of it may name coupons
        kept = new Program.Reply(response.code(), text.getBuffer().snapshot().toByteArray(), whole);
      }
      return response;
    }
  }

  private static final class OneShot extends RequestBody {
    private final RequestBody body;

    private OneShot(RequestBody body) {
      this.body = body;
    }

    @Override
    public boolean isOneShot() {
      return true;
    }

    @Override
    public MediaType contentType() {
      return body.contentType();
    }

    @Override
    public long contentLength() throws IOException {
      return body.contentLength();
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      body.writeTo(sink);
    }
  }
}

"""The traps of docs/traps.md, each reproduced here or measured in the table of docs/interop.md."""

import json
import re
import shutil
import socket
import subprocess
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

from coupon_contract import spec
from coupon_contract.paths import ROOT
from interop.language import ENVIRONMENT, PATH, languages

PAGE = (ROOT / "docs" / "traps.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?!where|---)([^|]+?) \| [^|]+ \| [^|]+ \| ([^|]+?) \|$", PAGE, re.M)
MEASURED = "[table](interop.md#what-a-generated-client-does-by-itself)"
M2 = Path.home() / ".m2" / "repository"
SECONDS = 120
CUT_HEAD = b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 96\r\n\r\n{"


def said(*command: str | Path, text: str = "", folder: Path | None = None) -> str:
    """Return what a program prints. Skips the test where it is not installed."""
    if shutil.which(str(command[0]), path=PATH) is None:
        pytest.skip(f"no {command[0]} here (scripts/toolchains)")
    done = subprocess.run(  # noqa: S603 - programs of this file
        list(map(str, command)),
        input=text,
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def go(folder: Path, imports: str, main: str) -> str:
    names = "\n".join(f'"{name}"' for name in imports.split())
    (folder / "main.go").write_text(f"package main\nimport (\n{names}\n)\nfunc main() {{\n{main}\n}}\n", "utf-8")
    return said("go", "run", "main.go", folder=folder)


def java(folder: Path, imports: str, main: str, *jars: str) -> str:
    """Run a program of Java with jars of Maven's repository. Skips the test where one is missing."""
    path = ":".join(map(str, [*found_jars(*jars), folder]))
    names = "\n".join(f"import {name};" for name in imports.split())
    body = textwrap.indent(textwrap.dedent(main), "    ")
    text = f"{names}\nclass Trap {{\n  public static void main(String[] given) throws Exception {{\n{body}  }}\n}}\n"
    (folder / "Trap.java").write_text(text, encoding="utf-8")
    said("javac", "-cp", path, "-d", folder, "-sourcepath", folder, "Trap.java", folder=folder)
    return said("java", "-cp", path, "Trap", folder=folder)


def found_jars(*jars: str) -> list[Path]:
    """Return the jars of Maven's repository, by their folders. Skips the test where one is missing."""
    found = [next(iter(sorted(M2.glob(f"{jar}/*/*.jar"))), None) for jar in jars]
    if None in found:
        pytest.skip("needs a jar that `make interop` fetches")
    return [jar for jar in found if jar is not None]


@contextmanager
def answering(response: bytes, *, close: bool) -> Iterator[str]:
    """The address of a server that answers every request with these bytes, and then closes or waits."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept = []

        def serve() -> None:
            with suppress(OSError):  # the server is closed
                while True:
                    connection, _ = server.accept()
                    connection.recv(65_536)
                    connection.sendall(response)
                    if close:
                        connection.shutdown(socket.SHUT_RDWR)
                    kept.append(connection)

        Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        for connection in kept:
            connection.close()


@pytest.fixture(scope="module")
def ruby_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client that openapi-generator writes for Ruby."""
    (language,) = languages(["ruby"])
    folder = tmp_path_factory.mktemp("ruby")
    shutil.copy(language.directory / "settings.yaml", folder)
    for command in language.generate:
        said(*(part.replace("{document}", str(spec.DOCUMENT)) for part in command), folder=folder)
    return folder / language.makes / "lib"


def generated_without_setting(name: str, folder: Path) -> Path:
    """Generate a client with our settings but for the one for new fields, and return its folder."""
    (language,) = languages([name])
    settings = (language.directory / "settings.yaml").read_text(encoding="utf-8")
    line = re.compile(r"^  disallowAdditionalPropertiesIfNotPresent:.*\n", re.M)
    assert line.search(settings)
    (folder / "settings.yaml").write_text(line.sub("", settings), encoding="utf-8")
    for command in language.generate:
        said(*(part.replace("{document}", str(spec.DOCUMENT)) for part in command), folder=folder)
    return folder / language.makes


# --- readers of JSON --------------------------------------------------------------------------------------------------


def test_javascript_rounds_an_integer_above_2_53() -> None:
    assert said("node", "-p", "JSON.parse('9007199254740993')") == "9007199254740992"


def test_php_reads_an_empty_object_and_an_empty_list_as_the_same() -> None:
    assert said("php", "-r", "var_dump(json_decode('{}', true) === json_decode('[]', true));") == "bool(true)"


def test_php_makes_a_float_of_an_integer_above_2_63() -> None:
    program = "echo gettype(json_decode('9223372036854775809')), ' ';"
    program += "echo json_decode('9223372036854775809', false, 9, JSON_BIGINT_AS_STRING);"

    assert said("php", "-r", program) == "double 9223372036854775809"


def test_php_takes_an_empty_date_for_now() -> None:
    assert said("php", "-r", "echo abs((new DateTime(''))->getTimestamp() - time()) < 60 ? 'now' : 'not now';") == "now"


def test_go_takes_the_last_key_in_any_letter_case_and_zero_for_a_missing_one(tmp_path: Path) -> None:
    main = """
    var read struct { Errors []int `json:"errors"`; Coupons []int `json:"coupons"`; Total int `json:"totalCount"` }
    json.Unmarshal([]byte(`{"errors": [1], "errors": [2], "Coupons": [3]}`), &read)
    fmt.Println(read.Errors, read.Coupons, read.Total)
    """

    assert go(tmp_path, "encoding/json fmt", main) == "[2] [3] 0"


def test_gson_wraps_an_integer_that_is_too_long(tmp_path: Path) -> None:
    """As generated clients read it: a tree first, and from that a model."""
    main = 'System.out.println(new Gson().fromJson(JsonParser.parseString("99999999999"), Integer.class));\n'

    assert java(tmp_path, "com.google.gson.*", main, "com/google/code/gson/gson") == "1215752191"


def test_jackson_fails_on_a_field_that_is_new(tmp_path: Path) -> None:
    main = """
    record Read(int count) {}
    try {
      System.out.println(new ObjectMapper().readValue("{\\"note\\": 1}", Read.class));
    } catch (UnrecognizedPropertyException problem) {
      System.out.println("unrecognized");
    }
    """
    names = (
        "com.fasterxml.jackson.databind.ObjectMapper com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException"
    )
    jars = [f"com/fasterxml/jackson/core/jackson-{part}" for part in ("databind", "core", "annotations")]

    assert java(tmp_path, names, main, *jars) == "unrecognized"


# --- generated clients ------------------------------------------------------------------------------------------------


@pytest.mark.lengthy
@pytest.mark.parametrize("coupons", ["{code: 'A1'}", "'A1'", "7"])
def test_the_ruby_client_makes_none_of_coupons_that_are_no_list(coupons: str, ruby_client: Path) -> None:
    told = f"{{coupons: {coupons}, errors: [{{status: false, code: 713, message: 'x'}}]}}"
    program = f"require 'coupon_api'; p CouponApi::IssuanceResponse.build_from_hash({told}).coupons"

    assert said("ruby", "-I", ruby_client, "-e", program) == "nil"


NEW_FIELD = '{"coupons": [], "errors": [], "newField": 1}'


@pytest.mark.lengthy
def test_the_go_client_refuses_a_field_that_is_new(tmp_path: Path) -> None:
    client = generated_without_setting("go-openapi-generator", tmp_path)
    main = f"var read couponapi.IssuanceResponse\nfmt.Println(json.Unmarshal([]byte(`{NEW_FIELD}`), &read))"
    names = f'import (\n"encoding/json"\n"fmt"\ncouponapi "trap/{client.relative_to(tmp_path)}"\n)\n'
    (tmp_path / "go.mod").write_text("module trap\n\ngo 1.21\n", encoding="utf-8")
    (tmp_path / "main.go").write_text(f"package main\n{names}func main() {{\n{main}\n}}\n", encoding="utf-8")

    assert "unknown field" in said("go", "run", ".", folder=tmp_path)


@pytest.mark.lengthy
def test_the_gson_client_of_java_refuses_a_field_that_is_new(tmp_path: Path) -> None:
    jars = ["com/squareup/okhttp3/okhttp", "com/squareup/okhttp3/logging-interceptor", "com/squareup/okio/okio-jvm"]
    jars += ["com/google/code/gson/gson", "io/gsonfire/gson-fire", "org/jetbrains/kotlin/kotlin-stdlib"]
    jars += ["jakarta/annotation/jakarta.annotation-api"]
    found_jars(*jars)
    client = generated_without_setting("java-okhttp-gson", tmp_path)
    main = f"""
    try {{
      System.out.println(IssuanceResponse.fromJson({json.dumps(NEW_FIELD)}));
    }} catch (IllegalArgumentException problem) {{
      System.out.println(problem.getMessage());
    }}
    """
    said_of_it = java(client / "src" / "main" / "java", "couponapi.model.IssuanceResponse", main, *jars)

    assert "`newField` in the JSON string is not defined" in said_of_it


# --- HTTP libraries ---------------------------------------------------------------------------------------------------


def test_ruby_takes_headers_that_are_cut_off_for_a_response() -> None:
    program = "require 'net/http'; r = Net::HTTP.post(URI(ARGV[0]), '{}'); p [r.code, r.body]"
    with answering(CUT_HEAD, close=True) as url:
        assert said("ruby", "-e", program, url) == '["400", ""]'


def test_php_takes_headers_that_are_cut_off_for_a_response() -> None:
    program = """
    $curl = curl_init($argv[1]);
    curl_setopt_array($curl, [CURLOPT_POSTFIELDS => '{}', CURLOPT_RETURNTRANSFER => true]);
    var_dump(curl_exec($curl), curl_errno($curl), curl_getinfo($curl, CURLINFO_RESPONSE_CODE));
    """
    with answering(CUT_HEAD, close=True) as url:
        assert said("php", "-r", program, url).split() == ["string(0)", '""', "int(0)", "int(400)"]


def test_go_unpacks_gzip_and_removes_its_header(tmp_path: Path) -> None:
    main = """
    server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
        w.Header().Set("Content-Encoding", "gzip")
        packed := gzip.NewWriter(w)
        packed.Write([]byte("{}"))
        packed.Close()
    }))
    response, _ := http.Get(server.URL)
    text, _ := io.ReadAll(response.Body)
    fmt.Printf("%s%q", text, response.Header.Get("Content-Encoding"))
    """

    assert go(tmp_path, "compress/gzip fmt io net/http net/http/httptest", main) == '{}""'


def test_the_timeout_of_java_ends_with_the_headers(tmp_path: Path) -> None:
    """A response that stops in its body: `send` still waits when its timeout is long over."""
    with answering(ENDLESS, close=False) as url:
        main = f"""
        var request = HttpRequest.newBuilder(URI.create("{url}")).timeout(Duration.ofSeconds(3)).build();
        var call = HttpClient.newHttpClient().sendAsync(request, HttpResponse.BodyHandlers.ofString());
        try {{
          call.get(7, TimeUnit.SECONDS);
        }} catch (TimeoutException stillWaiting) {{
          System.out.println("still waiting");
        }} catch (ExecutionException ended) {{
          System.out.println(ended.getCause());
        }}
        System.exit(0);
        """

        assert java(tmp_path, "java.net.URI java.net.http.* java.time.Duration java.util.concurrent.*", main) == (
            "still waiting"
        )


# --- the page ---------------------------------------------------------------------------------------------------------


def test_every_row_of_the_page_says_how_it_was_seen() -> None:
    assert len(ROWS) > 10
    assert [where for where, seen in ROWS if seen != MEASURED and not re.search(r"\d", seen)] == []


def test_as_many_traps_are_reproduced_here_as_the_page_says() -> None:
    """A row whose last cell names versions rests on tests of this file; the others are rows of the table."""
    source = Path(__file__).read_text(encoding="utf-8")
    here = [seen for _, seen in ROWS if seen != MEASURED and "measured by hand" not in seen]

    assert len(re.findall(r"^def test_(?!every_row|as_many)", source, re.M)) >= len(here)

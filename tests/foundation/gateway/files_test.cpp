// Large files that are interrupted, at either side and between gateways, and go on where they
// stopped; and what must not be taken for a whole file.
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "country.hpp"
#include "file_store.hpp"
#include "inbox.hpp"
#include "outbox.hpp"
#include "tus.hpp"

namespace minben::gateway::test {
namespace {

ServiceId scans() { return {subsystem("nia", "register"), "scans"}; }

std::string content(std::size_t size, std::uint64_t seed = 1) {
  std::string bytes(size, '\0');
  SeededRandom random(seed);
  random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

/// A client that goes away in the middle of its request.
void send_and_break(std::uint16_t port, std::string_view bytes) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(bytes.size()));
  ::close(socket);
}

class FilesTest : public ::testing::Test {
 protected:
  FilesTest() : clock(SystemClock().now()), country(clock) {
    country.more_services = {
        {scans(), {"掃描", "Scans"}, false, {}},
        {{subsystem("nia", "register"), "people"}, {"人", "People"}, true, {"name"}}};
    country.more_rules = {{subsystem("wda", "casework"),
                           scans(),
                           {net::Method::get},
                           {"planning"},
                           Basis::law,
                           "國土測繪法 §1",
                           {}}};
    country.prepare_again();
    for (const char* member : {"nia", "wda"}) country.start(member);
    for (const char* type : {"scans", "people"})
      EXPECT_EQ(send("nia", net::Method::post, "/r1/MINBEN/GOV/nia/register/api/v1/eventType",
                     {{"Content-Type", "application/json"}},
                     fmt::format(R"({{"eventType":"{}","schema":{{}}}})", type))
                    .status,
                200);
    EXPECT_EQ(send("wda", net::Method::post, "/r1/MINBEN/GOV/nia/register/api/v1/subs/scans",
                   {{"Content-Type", "application/json"}, {"Minben-Purpose", "planning"}},
                   R"({"eventType":"scans"})")
                  .status,
              200);
  }
  using Fields = std::vector<std::pair<std::string, std::string>>;

  net::ClientResponse send(const std::string& member, net::Method method, std::string_view path,
                           const Fields& fields, std::string body = {}) {
    const std::string name = member == "nia" ? "register" : "casework";
    net::ClientRequest request{
        .method = method,
        .url = fmt::format("http://127.0.0.1:{}{}", country.client_ports[member], path),
        .body = std::move(body)};
    request.headers.add("X-Road-Client", to_string(subsystem(member, name)));
    request.headers.add("Minben-Token", country.prepared.tokens.at(member + "/" + name));
    for (const auto& [field, value] : fields) request.headers.add(field, value);
    return net::Client({.timeout_ms = milliseconds(60000), .max_response_bytes = 256u << 20})
        .send(request)
        .value_or(net::ClientResponse{});
  }
  static std::string encoded(std::string_view text) { return base64_encode(as_bytes(text)); }
  net::ClientResponse create(std::size_t length, std::string_view sha256 = {},
                             std::string_view service = "scans") {
    std::string metadata = fmt::format("service {},filename {},event {}", encoded(service),
                                       encoded("掃描.tif"), encoded(R"({"case":"c-1"})"));
    if (!sha256.empty()) metadata += fmt::format(",sha256 {}", encoded(sha256));
    return send("nia", net::Method::post, "/files",
                {{"Tus-Resumable", "1.0.0"},
                 {"Upload-Length", std::to_string(length)},
                 {"Upload-Metadata", metadata}});
  }
  net::ClientResponse patch(const std::string& location, std::size_t offset, std::string_view bytes,
                            const Fields& more = {}) {
    Fields fields{{"Tus-Resumable", "1.0.0"},
                  {"Upload-Offset", std::to_string(offset)},
                  {"Content-Type", "application/offset+octet-stream"}};
    fields.insert(fields.end(), more.begin(), more.end());
    return send("nia", net::Method::patch, location, fields, std::string(bytes));
  }
  std::size_t offset_of(const std::string& location) {
    const auto answer = send("nia", net::Method::head, location, {{"Tus-Resumable", "1.0.0"}});
    EXPECT_EQ(answer.status, 200);
    return static_cast<std::size_t>(
        parse_integer(answer.headers.get("Upload-Offset"), 0).value_or(-1));
  }
  std::string upload(const std::string& bytes) {
    const auto made = create(bytes.size(), hex_encode(sha256(bytes)));
    EXPECT_EQ(made.status, 201) << made.body;
    std::string location(made.headers.get("Location"));
    EXPECT_EQ(patch(location, 0, bytes).status, 204);
    return location;
  }
  net::ClientResponse pull() {
    return send("wda", net::Method::get, "/r1/MINBEN/GOV/nia/register/pull/v1/scans", {});
  }
  /// The event of a file that came; {} = none within some seconds.
  JsonObject wait_for_event(seconds patience = seconds(30)) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
      if (country.gateways.contains("wda")) country.gateway("wda").exchange_events();
      const auto event = pull();
      if (event.status == 200) return find(parse_json(event.body).value(), "event")->as_object();
      std::this_thread::sleep_for(milliseconds(20));
    }
    return {};
  }
  static std::string path_of(const JsonObject& event) {
    return "/files/" + get_string(event.at("file"), "id").value();
  }
  [[nodiscard]] std::filesystem::path state(const std::string& member) const {
    return country.home(member) / "state";
  }
  void restart(const std::string& member) {
    country.stop(member);
    country.start(member);
  }

  VirtualClock clock;
  Country country;
};

TEST_F(FilesTest, AFileArrivesWithItsEventAndCanBeReadInParts) {
  const std::string bytes = content(3'000'001);
  upload(bytes);
  const JsonObject event = wait_for_event();
  ASSERT_TRUE(event.contains("file"));
  EXPECT_EQ(event.at("case"), "c-1");
  EXPECT_EQ(get_string(event.at("file"), "name").value(), "掃描.tif");
  EXPECT_EQ(get_string(event.at("file"), "sha256").value(), hex_encode(sha256(bytes)));
  const auto whole = send("wda", net::Method::get, path_of(event), {});
  ASSERT_EQ(whole.status, 200);
  EXPECT_TRUE(whole.body == bytes);
  EXPECT_EQ(whole.headers.get("Repr-Digest"),
            fmt::format("sha-256=:{}:", base64_encode(sha256(bytes))));
  const std::string tag(whole.headers.get("ETag"));
  const auto head = send("wda", net::Method::head, path_of(event), {});
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.get("Content-Length"), "3000001");
  EXPECT_EQ(head.headers.get("ETag"), tag);
  for (const auto& [range, from, size] : {std::tuple{"bytes=0-0", 0uz, 1uz},
                                          {"bytes=262143-262144", 262143uz, 2uz},
                                          {"bytes=2999990-", 2'999'990uz, 11uz},
                                          {"bytes=-5", 2'999'996uz, 5uz},
                                          {"bytes=1000000-9999999999", 1'000'000uz, 2'000'001uz}}) {
    const auto part =
        send("wda", net::Method::get, path_of(event), {{"Range", range}, {"If-Range", tag}});
    EXPECT_EQ(part.status, 206) << range;
    EXPECT_TRUE(part.body == bytes.substr(from, size)) << range;
    EXPECT_EQ(part.headers.get("Content-Range"),
              fmt::format("bytes {}-{}/3000001", from, from + size - 1));
  }
  const auto beyond = send("wda", net::Method::get, path_of(event), {{"Range", "bytes=3000001-"}});
  EXPECT_EQ(beyond.status, 416);
  const auto other = send("wda", net::Method::get, path_of(event),
                          {{"Range", "bytes=0-0"}, {"If-Range", "\"other\""}});
  EXPECT_EQ(other.status, 200);
  EXPECT_EQ(send("wda", net::Method::del, path_of(event), {}).status, 204);
  EXPECT_EQ(send("wda", net::Method::get, path_of(event), {}).status, 404);
}

TEST_F(FilesTest, AnUploadGoesOnWhereItStoppedAtWhateverOffset) {
  const std::string bytes = content(1'000'000, 2);
  const auto made = create(bytes.size(), hex_encode(sha256(bytes)));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_FALSE(made.headers.get("Upload-Expires").empty());
  const std::string location(made.headers.get("Location"));
  std::size_t at = 0;
  for (const std::size_t next : {1uz, 262'143uz, 262'144uz, 262'145uz, 524'288uz, 777'777uz}) {
    EXPECT_EQ(patch(location, at, bytes.substr(at, next - at)).status, 204);
    at = next;
    restart("nia");
    EXPECT_EQ(offset_of(location), at);
    EXPECT_EQ(patch(location, at + 1, "x").status, 409) << "not where it stopped";
    EXPECT_EQ(wait_for_event(seconds(0)), JsonObject{});
  }
  EXPECT_EQ(patch(location, at, bytes.substr(at) + "x").status, 413);
  EXPECT_EQ(patch(location, offset_of(location), bytes.substr(offset_of(location))).status, 204);
  const JsonObject event = wait_for_event();
  ASSERT_TRUE(event.contains("file"));
  EXPECT_TRUE(send("wda", net::Method::get, path_of(event), {}).body == bytes);
}

TEST_F(FilesTest, WhatCameBeforeAConnectionBrokeIsKept) {
  const std::string bytes = content(4'000'000, 3);
  const std::string location(create(bytes.size()).headers.get("Location"));
  {
    const std::string head = fmt::format(
        "PATCH {} HTTP/1.1\r\nHost: localhost\r\nX-Road-Client: MINBEN/GOV/nia/register\r\n"
        "Minben-Token: {}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: "
        "application/offset+octet-stream\r\nContent-Length: 4000000\r\n\r\n",
        location, country.prepared.tokens.at("nia/register"));
    send_and_break(country.client_ports["nia"], head + bytes.substr(0, 3'000'000));
  }
  std::size_t kept = 0;
  for (int i = 0; i < 200 && kept < 3'000'000; ++i) {
    kept = offset_of(location);
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_GT(kept, 0u);
  EXPECT_LE(kept, 3'000'000u);
  ASSERT_EQ(patch(location, kept, std::string_view(bytes).substr(kept)).status, 204);
  const JsonObject event = wait_for_event();
  ASSERT_TRUE(event.contains("file"));
  EXPECT_EQ(get_string(event.at("file"), "sha256").value(), hex_encode(sha256(bytes)));
}

TEST_F(FilesTest, AFileGoesOnBetweenGatewaysWhicheverStops) {
  const std::string bytes = content(40u << 20, 4);
  country.stop("wda");
  upload(bytes);
  country.start("wda");
  std::uint64_t before = 0;
  int stops = 0;
  for (const char* victim : {"wda", "nia", "wda", "nia"}) {
    for (int i = 0; i < 500; ++i) {  // until it has grown
      const auto files = FileStore::open(state("wda"), GatewayConfig{}, clock, country.random)
                             .value()
                             ->with_state(FileSide::arrived, FileState::growing)
                             .value();
      if (!files.empty() && files[0].offset > before) {
        before = files[0].offset;
        break;
      }
      std::this_thread::sleep_for(milliseconds(5));
    }
    if (before < bytes.size()) ++stops;
    restart(victim);
  }
  EXPECT_GE(stops, 2) << "it was over before it could be stopped";
  const JsonObject event = wait_for_event(seconds(60));
  ASSERT_TRUE(event.contains("file"));
  EXPECT_TRUE(send("wda", net::Method::get, path_of(event), {}).body == bytes);
}

TEST_F(FilesTest, AWrongDigestIsNeverAWholeFile) {
  const std::string bytes = content(100'000, 5);
  const auto made = create(bytes.size(), hex_encode(sha256("something else")));
  const std::string location(made.headers.get("Location"));
  const auto refused = patch(location, 0, bytes);
  EXPECT_EQ(refused.headers.get("X-Road-Error"), "digest_differs");
  EXPECT_EQ(send("nia", net::Method::head, location, {{"Tus-Resumable", "1.0.0"}}).status, 404);
  EXPECT_EQ(wait_for_event(seconds(1)), JsonObject{});
}

TEST_F(FilesTest, AStoreThatWasTamperedWithGivesNothingAndSaysSo) {
  const std::string bytes = content(1'000'000, 6);
  country.stop("wda");
  const std::string location = upload(bytes);
  const auto file = state("nia") / "files" / location.substr(7);
  {
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(300'000);
    out << "tampered";
  }
  country.start("wda");
  const auto shown = [&] {
    return send("wda", net::Method::get, "/r1/MINBEN/GOV/nia/register/api/v1/subs/scans", {}).body;
  };
  for (int i = 0; i < 200 && shown().find("\"trouble\"") == std::string::npos; ++i)
    std::this_thread::sleep_for(milliseconds(100));
  EXPECT_NE(shown().find("\"trouble\""), std::string::npos) << shown();
  EXPECT_EQ(wait_for_event(seconds(1)), JsonObject{});
}

TEST_F(FilesTest, AFileThatIsNotWhatItsEventSaysIsDeadAfterAFewAttempts) {
  const std::string bytes = content(300'000, 10);
  country.stop("nia");
  {  // a publisher's gateway that lies
    const auto config = read_gateway_config(country.prepared.gateway_configs.at("nia")).value();
    const auto files = FileStore::open(state("nia"), config, clock, country.random).value();
    const auto outbox = Outbox::open(state("nia"), config.messages, clock, country.random).value();
    StoredFile file;
    file.id = "01938c2e-0000-7000-8000-00000000000b";
    file.service = "register/scans";
    file.length = bytes.size();
    file.about = "{}";
    file.expires_at = clock.now() + days(30);
    ASSERT_TRUE(files->create(file));
    {
      const auto append = files->append(file.id).value();
      ASSERT_TRUE(append->write(bytes));
      ASSERT_TRUE(append->keep());
    }
    ASSERT_TRUE(files->set_state(file.id, FileState::told, "", file.expires_at));
    PublishEvent event{file.id, "", R"({"a":1})",
                       EventFile{file.id, bytes.size(), hex_encode(sha256("something else"))}};
    ASSERT_TRUE(outbox->publish("register/scans", std::move(event), ""));
  }
  country.start("nia");
  for (int i = 0; i < 6; ++i) {
    country.gateway("wda").exchange_events();
    EXPECT_EQ(pull().status, 404);
    clock.advance(seconds(10));
  }
  const auto inbox = Inbox::open(state("wda"), {}, clock, country.random).value();
  const auto dead = inbox->dead(10).value();
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_EQ(dead[0].reason, "file_digest_differs");
  EXPECT_EQ(send("wda", net::Method::get, "/files/01938c2e-0000-7000-8000-00000000000b", {}).status,
            404);
}

TEST_F(FilesTest, AChecksumThatDiffersLeavesTheOffsetWhereItWas) {
  const std::string bytes = content(600'000, 7);
  const std::string location(create(bytes.size()).headers.get("Location"));
  const std::string_view first = std::string_view(bytes).substr(0, 300'000);
  const auto right = fmt::format("sha256 {}", base64_encode(sha256(first)));
  const auto wrong = fmt::format("sha256 {}", base64_encode(sha256("x")));
  EXPECT_EQ(patch(location, 0, first, {{"Upload-Checksum", wrong}}).status, 460);
  EXPECT_EQ(offset_of(location), 0u);
  EXPECT_EQ(patch(location, 0, first, {{"Upload-Checksum", right}}).status, 204);
  EXPECT_EQ(offset_of(location), 300'000u);
  EXPECT_EQ(
      patch(location, 300'000, first, {{"Upload-Checksum", "sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA="}})
          .status,
      460);
  EXPECT_EQ(patch(location, 300'000, first, {{"Upload-Checksum", "md5 AAAA"}}).status, 400);
  EXPECT_EQ(patch(location, 300'000, std::string_view(bytes).substr(300'000)).status, 204);
  EXPECT_EQ(get_string(wait_for_event().at("file"), "sha256").value(), hex_encode(sha256(bytes)));
}

TEST_F(FilesTest, TwoUploadsAtOnceDoNotMix) {
  const std::string one = content(5'000'000, 8);
  const std::string two = content(5'000'000, 9);
  {
    std::jthread first([&] { upload(one); });
    std::jthread second([&] { upload(two); });
  }
  std::set<std::string> digests;
  for (int i = 0; i < 2; ++i) {
    const JsonObject event = wait_for_event();
    ASSERT_TRUE(event.contains("file"));
    digests.insert(hex_encode(sha256(send("wda", net::Method::get, path_of(event), {}).body)));
    const std::string id = get_string(event.at("file"), "id").value();
    EXPECT_EQ(
        send("wda", net::Method::del, "/r1/MINBEN/GOV/nia/register/pull/v1/scans/" + id, {}).status,
        204);
  }
  EXPECT_EQ(digests, (std::set{hex_encode(sha256(one)), hex_encode(sha256(two))}));
}

TEST_F(FilesTest, WhatIsNotTusOrNotOwnIsRefused) {
  EXPECT_EQ(create(10, "", "people").headers.get("X-Road-Error"), "service_is_reduced");
  EXPECT_EQ(create(10, "", "unheard").headers.get("X-Road-Error"), "unknown_event_type");
  EXPECT_EQ(create(10, "zz").headers.get("X-Road-Error"), "bad_upload_metadata");
  EXPECT_EQ(create(std::size_t{9} << 30).status, 413) << "larger than max_stream";
  const auto old = send("nia", net::Method::post, "/files", {{"Upload-Length", "10"}});
  EXPECT_EQ(old.status, 412);
  EXPECT_EQ(old.headers.get("Tus-Version"), "1.0.0");
  const std::string location(create(10).headers.get("Location"));
  EXPECT_EQ(send("wda", net::Method::head, location, {{"Tus-Resumable", "1.0.0"}}).status, 404);
  EXPECT_EQ(
      send("nia", net::Method::patch, location,
           {{"Tus-Resumable", "1.0.0"}, {"Upload-Offset", "0"}, {"Content-Type", "text/plain"}},
           "0123456789")
          .status,
      415);
  EXPECT_EQ(send("nia", net::Method::del, location, {{"Tus-Resumable", "1.0.0"}}).status, 204);
  EXPECT_EQ(send("nia", net::Method::head, location, {{"Tus-Resumable", "1.0.0"}}).status, 404);
  EXPECT_EQ(create(0).status, 201);
  EXPECT_EQ(get_integer(wait_for_event().at("file"), "size").value(), 0);
}

TEST_F(FilesTest, UploadsThatNobodyEndsExpireAndRoomIsBounded) {
  const auto file = country.prepared.gateway_configs.at("nia");
  auto config = read_gateway_config(file).value();
  config.messages.max_file_bytes = 1000;
  ASSERT_TRUE(write_gateway_config(config, file));
  restart("nia");
  const std::string location(create(900).headers.get("Location"));
  EXPECT_EQ(create(200).status, 507);
  clock.advance(days(8));
  country.gateway("nia").exchange_events();
  EXPECT_EQ(send("nia", net::Method::head, location, {{"Tus-Resumable", "1.0.0"}}).status, 404);
  EXPECT_EQ(create(200).status, 201);
}

TEST_F(FilesTest, OnDiskAFileIsSealed) {
  const std::string bytes = std::string(400'000, 'x') + "Unmistakable" + std::string(400'000, 'y');
  upload(bytes);
  ASSERT_TRUE(wait_for_event().contains("file"));
  int looked = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(country.directory.path())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string stored((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(stored.find("Unmistakable"), stored.npos) << entry.path();
    EXPECT_EQ(stored.find("xxxxxxxx"), stored.npos) << entry.path();
    ++looked;
  }
  EXPECT_GT(looked, 20);
}

TEST(Tus, MetadataIsReadStrictly) {
  const auto read = read_upload_metadata("filename d29ybGQ=,empty, more dA==");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, (std::map<std::string, std::string>{
                       {"filename", "world"}, {"empty", ""}, {"more", "t"}}));
  EXPECT_TRUE(read_upload_metadata(""));
  for (const char* bad : {"a !", "a dA==,a dA==", ",", "a  dA==", "ä dA==", "a dA"})
    EXPECT_FALSE(read_upload_metadata(bad)) << bad;
}

TEST(Tus, RangesAreThoseOfRfc9110) {
  const auto one = [](std::string_view text) { return read_range(text, 100).value(); };
  EXPECT_EQ(one("bytes=0-9"), (ByteRange{0, 10}));
  EXPECT_EQ(one("Bytes=90-"), (ByteRange{90, 10}));
  EXPECT_EQ(one("bytes=-7"), (ByteRange{93, 7}));
  EXPECT_EQ(one("bytes=-700"), (ByteRange{0, 100}));
  EXPECT_EQ(one("bytes=99-1000000"), (ByteRange{99, 1}));
  for (const char* ignored : {"bytes=0-1,3-4", "lines=1-2", "bytes=9-1", "bytes=a-b", "bytes=",
                              "bytes=-", "bytes=+1-2", "bytes=1-2x", "bytes=1234567890123456789-"})
    EXPECT_EQ(one(ignored), std::nullopt) << ignored;
  for (const char* beyond : {"bytes=100-", "bytes=-0"})
    EXPECT_FALSE(read_range(beyond, 100)) << beyond;
  EXPECT_FALSE(read_range("bytes=-1", 0));
}

TEST(Tus, DatesAreHttps) {
  EXPECT_EQ(http_date(parse_instant("1994-11-06T08:49:37.5Z").value()),
            "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace minben::gateway::test

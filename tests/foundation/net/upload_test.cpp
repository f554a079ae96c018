#include <gtest/gtest.h>

#include <latch>

#include <fmt/format.h>

#include "support.hpp"
#include "support/shared.hpp"
#include "net/shared_events.hpp"

namespace minben::net::test {
namespace {

std::string multipart(std::string_view file, std::string_view content) {
  return fmt::format(
      "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"file\"; "
      "filename=\"{}\"\r\n\r\n{}\r\n--b--\r\n",
      file, content);
}

class UploadTest : public ::testing::Test {
 protected:
  UploadTest() {
    ServerConfig config;
    config.upload_directory = directory_.path();
    server_ = serve(
        {route(
             Method::post, "/keep", [this](Request& request) { return keep(request); }, 2_MiB),
         route(Method::post, "/look", look, 2_MiB)},
        config);
  }
  Response keep(Request& request) {
    std::filesystem::rename(request.form.uploads.at(0).path, directory_.path() / "kept");
    return Response::text("kept");
  }
  static Response look(Request& request) {
    const Upload& upload = request.form.uploads.at(0);
    return Response::text(fmt::format("{} {} {}", request.form.get("note"), upload.size,
                                      std::filesystem::exists(upload.path)));
  }
  Result<ClientResponse> post(std::string_view path, std::string body) {
    ClientRequest request{
        .method = Method::post, .url = url(*server_, path), .body = std::move(body)};
    request.headers.add("Content-Type", "multipart/form-data; boundary=b");
    return Client({}).send(request);
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(directory_.path()), {}));
  }
  // A file is removed just after the answer was written.
  [[nodiscard]] bool soon_empty() const {
    for (int i = 0; i < 100 && files() > 0; ++i) std::this_thread::sleep_for(milliseconds(20));
    return files() == 0;
  }

  minben::test::TemporaryDirectory directory_;
  std::unique_ptr<Server> server_;
};

TEST_F(UploadTest, IsOnDiskForTheHandlerAndGoneAfterwards) {
  const auto response = post("/look", multipart("x", std::string(1'000'000, 'x')));
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->body, "hello 1000000 true");
  EXPECT_TRUE(soon_empty());
}

TEST_F(UploadTest, StaysWhereTheHandlerMovedIt) {
  ASSERT_TRUE(post("/keep", multipart("x", "content")));
  EXPECT_EQ(minben::test::read_file(directory_.path() / "kept"), "content");
}

TEST_F(UploadTest, TooLargeIsRefusedAndLeavesNothing) {
  const auto response = post("/look", multipart("x", std::string(3u << 20, 'x')));
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->status, 413);
  EXPECT_TRUE(soon_empty());
}

TEST_F(UploadTest, AClientThatVanishesLeavesNothing) {
  {
    const Wire wire(server_->port());
    wire.say(
        "POST /look HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        "Content-Length: 100000\r\n\r\n--b\r\nContent-Disposition: form-data; name=f; "
        "filename=x\r\n\r\n" +
        std::string(5000, 'x'));
    for (int i = 0; i < 100 && files() == 0; ++i) std::this_thread::sleep_for(milliseconds(20));
    EXPECT_EQ(files(), 1u);
  }
  EXPECT_TRUE(soon_empty());
}

TEST_F(UploadTest, BrokenMultipartIsABadRequest) {
  const auto response = post("/look", "--b\r\nnonsense");
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->status, 400);
  EXPECT_NE(response->body.find("bad_multipart"), std::string::npos);
}

TEST(NetEvents, ArriveInOrderAndTheSenderLearnsWhoLeft) {
  std::mutex mutex;
  std::shared_ptr<EventStream> stream;
  std::latch started(1);
  const auto server = serve({route(Method::get, "/live", [&](Request&) {
    return Response::event_stream([&](std::shared_ptr<EventStream> made) {
      const std::lock_guard lock(mutex);
      stream = std::move(made);
      stream->send("hello", "a\nb", "1");
      started.count_down();
    });
  })});
  {
    const Wire wire(server->port());
    wire.say("GET /live HTTP/1.1\r\nHost: x\r\n\r\n");
    started.wait();
    EXPECT_TRUE(stream->send("", "民\rx"));
    const std::string heard = wire.hear("data: 民x\n\n");
    EXPECT_EQ(status_of(heard), 200);
    EXPECT_NE(heard.find("Content-Type: text/event-stream"), heard.npos);
    EXPECT_EQ(heard.find("Content-Length"), heard.npos);
    EXPECT_NE(heard.find("id: 1\nevent: hello\ndata: a\ndata: b\n\n"), heard.npos) << heard;
  }
  for (int i = 0; i < 100 && stream->open(); ++i) std::this_thread::sleep_for(milliseconds(20));
  EXPECT_FALSE(stream->open());
  EXPECT_FALSE(stream->send("late", "x"));
}

TEST(NetEvents, ATextThatManyAreSentIsOneAndReachesAll) {
  std::mutex mutex;
  std::vector<std::shared_ptr<SharedEventStream>> streams;
  std::latch started(2);
  const auto server = serve({route(Method::get, "/live", [&](Request&) {
    return shared_event_stream([&](std::shared_ptr<SharedEventStream> made) {
      const std::lock_guard lock(mutex);
      streams.push_back(std::move(made));
      started.count_down();
    });
  })});
  const Wire first(server->port()), second(server->port());
  for (const Wire* each : {&first, &second}) each->say("GET /live HTTP/1.1\r\nHost: x\r\n\r\n");
  started.wait();
  auto text = std::make_shared<const std::string>(write_event("", "民", "7") + write_event("", "主", "8"));
  for (const auto& each : streams) EXPECT_TRUE(each->send(text) && each->send(text));
  for (const Wire* each : {&first, &second}) {
    const std::string heard = each->hear("data: 主\n\nid: 7\ndata: 民\n\nid: 8\ndata: 主\n\n");
    EXPECT_NE(heard.find("\r\n\r\nid: 7\ndata: 民\n\nid: 8\n"), heard.npos) << heard;
  }
  for (int i = 0; i < 100 && text.use_count() > 1; ++i) std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(text.use_count(), 1);
  for (const auto& each : streams) EXPECT_EQ(each->waiting(), 0u);
}

TEST(NetEvents, SlowReadersLoseTheConnection) {
  std::atomic<bool> lost = false;
  std::latch finished(1);
  const auto server = serve({route(Method::get, "/live", [&](Request&) {
    return Response::event_stream([&](const std::shared_ptr<EventStream>& stream) {
      const std::string big(64 << 10, 'x');
      for (int i = 0; i < 2000 && !lost; ++i) lost = !stream->send("big", big);
      finished.count_down();
    });
  })});
  const Wire wire(server->port());
  wire.say("GET /live HTTP/1.1\r\nHost: x\r\n\r\n");
  finished.wait();
  EXPECT_TRUE(lost);
}

TEST(NetEvents, OpenStreamsDoNotKeepTheServerFromStopping) {
  std::latch started(1);
  const auto server = serve({route(Method::get, "/live", [&](Request&) {
    return Response::event_stream(
        [&](const std::shared_ptr<EventStream>&) { started.count_down(); });
  })});
  const Wire wire(server->port());
  wire.say("GET /live HTTP/1.1\r\nHost: x\r\n\r\n");
  started.wait();
  const auto began = std::chrono::steady_clock::now();
  server->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(4));
}

}  // namespace
}  // namespace minben::net::test

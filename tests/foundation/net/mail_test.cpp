#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include <fmt/format.h>

#include "net/net.hpp"

namespace minben::net::test {
namespace {

/// Takes one mail, answering each line by the first matching script entry, and keeps what it heard.
class Relay {
 public:
  explicit Relay(std::string answer_to_rcpt = "250 ok\r\n") : rcpt_(std::move(answer_to_rcpt)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    MINBEN_ASSERT(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    ::listen(listener_, 1);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    name = fmt::format("127.0.0.1:{}", ntohs(address.sin_port));
    thread_ = std::jthread([this] { serve(); });
  }
  ~Relay() {
    ::shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(listener_);
  }
  /// Everything that was said, once the client has closed the connection.
  std::string heard() {
    thread_.join();
    return heard_;
  }
  std::string name;

 private:
  void serve() {
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    const auto say = [&](std::string_view text) {
      (void)::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    };
    say("220 test\r\n");
    std::string line;
    bool data = false;
    char c = 0;
    while (::recv(socket, &c, 1, 0) == 1) {
      heard_ += c;
      line += c;
      if (!line.ends_with("\r\n")) continue;
      if (line == ".\r\n") data = false;
      if (line.starts_with("DATA")) {
        data = true;
        say("354 go\r\n");
      } else if (line.starts_with("EHLO")) {
        say("250-test\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n");
      } else if (line.starts_with("RCPT")) {
        say(rcpt_);
      } else if (!data) {
        say("250 ok\r\n");
      }
      line.clear();
    }
    ::close(socket);
  }
  std::string rcpt_;
  std::string heard_;
  int listener_ = -1;
  std::jthread thread_;
};

const VirtualClock noon(*parse_instant("2026-11-23T12:05:06Z"));

TEST(NetMail, CarriesSubjectAndTextInUtf8) {
  Relay relay;
  const auto sent = send_mail(
      relay.name, "noreply@minben.example",
      {"wang@example.tw", "您的驗證碼：一二三四五六七八九十一二三四五六", "123456\n.\n民本"}, noon);
  ASSERT_TRUE(sent) << describe(sent.error());
  const std::string heard = relay.heard();
  EXPECT_NE(heard.find("RCPT TO:<wang@example.tw>\r\n"), heard.npos) << heard;
  EXPECT_NE(heard.find("Date: Mon, 23 Nov 2026 12:05:06 +0000\r\n"), heard.npos);
  EXPECT_NE(heard.find("Subject: =?UTF-8?B?"), heard.npos);
  EXPECT_NE(heard.find(base64_encode(as_bytes("123456\n.\n民本"))), heard.npos);
  EXPECT_EQ(heard.find("\r\n.\r\n"), heard.rfind("\r\n.\r\n"));
}

TEST(NetMail, RefusesHeaderInjection) {
  for (const char* to : {"a@b\r\nBcc: c@d", "a", "@b", "a@", "a b@c", "<a@b>", "a@b,c@d", "a@b@c"})
    EXPECT_EQ(send_mail("127.0.0.1:1", "x@y", {to, "s", "t"}, noon).error().code, "bad_address")
        << to;
  EXPECT_EQ(send_mail("127.0.0.1:1", "x@y", {"a@b", "s\r\nBcc: c@d", "t"}, noon).error().code,
            "bad_address");
}

TEST(NetMail, TellsWhetherTryingAgainHelps) {
  Relay full("452 full\r\n");
  EXPECT_EQ(send_mail(full.name, "x@y", {"a@b", "s", "t"}, noon).error().kind, Kind::unavailable);
  Relay unknown("550 no such user\r\n");
  EXPECT_EQ(send_mail(unknown.name, "x@y", {"a@b", "s", "t"}, noon).error().kind, Kind::invalid);
  EXPECT_EQ(send_mail("127.0.0.1:1", "x@y", {"a@b", "s", "t"}, noon).error().code,
            "connect_failed");
}

}  // namespace
}  // namespace minben::net::test

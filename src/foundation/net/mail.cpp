// RFC 5321 client and RFC 5322 message, as much as a notice to one person needs.
#include <fmt/format.h>

#include "blocking_stream.hpp"
#include "pipeline.hpp"

namespace minben::net {

namespace {

constexpr seconds patience{15};
constexpr std::size_t max_line = 4096;

// One mailbox without display name. Quoted local parts are not supported; UTF-8 is (RFC 6531).
bool is_address(std::string_view text) {
  const auto at = text.find('@');
  if (at == text.npos || at == 0 || at + 1 == text.size() || text.size() > 254) return false;
  if (text.find('@', at + 1) != text.npos || !is_utf8(text)) return false;
  return std::ranges::none_of(text, [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '"' ||
           c == '\\' || c == ',';
  });
}

// RFC 2047 encoded words of at most 45 octets of text, never cutting a character.
std::string encode_subject(std::string_view subject) {
  const bool plain = std::ranges::all_of(subject, [](char c) { return c >= ' ' && c < 0x7f; });
  if (plain && subject.size() < 70 && subject.find("=?") == subject.npos)
    return std::string(subject);
  std::string out;
  while (!subject.empty()) {
    std::size_t size = std::min<std::size_t>(subject.size(), 45);
    while (size < subject.size() && (static_cast<unsigned char>(subject[size]) & 0xc0) == 0x80)
      --size;
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + base64_encode(as_bytes(subject.substr(0, size))) + "?=";
    subject.remove_prefix(size);
  }
  return out;
}

// The text travels as base64 (RFC 2045 §6.8), so that neither line length nor dots matter.
std::string write_message(std::string_view from, const Mail& mail, const Clock& clock) {
  std::string date = http_date(clock.now());
  date.replace(date.size() - 3, 3, "+0000");
  std::string out = fmt::format(
      "Date: {}\r\nFrom: <{}>\r\nTo: <{}>\r\nSubject: {}\r\nMessage-ID: "
      "<{}@minben>\r\nMIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
      date, from, mail.to, encode_subject(mail.subject),
      hex_encode(sha256(fmt::format("{}{}{}{}", minben::to_string(clock.now()), mail.to,
                                    mail.subject, mail.text)))
          .substr(0, 32));
  const std::string body = base64_encode(as_bytes(mail.text));
  for (std::size_t at = 0; at < body.size(); at += 76) (out += body.substr(at, 76)) += "\r\n";
  return out;
}

class Conversation {
 public:
  Conversation(BlockingStream stream, Deadline deadline)
      : stream_(std::move(stream)), deadline_(deadline) {}

  Result<void> say(std::string_view line) { return stream_.write(line, deadline_); }

  /// Reads one reply (RFC 5321 §4.2, perhaps of several lines), which must have this first digit.
  Result<std::string> expect(char first_digit) {
    std::string all;
    while (true) {
      MINBEN_TRY(line, read_line());
      (all += line) += '\n';
      if (line.size() < 4 || line[3] != '-') {
        if (line.empty() || line.front() != first_digit)
          return fail(line.starts_with('5') ? Kind::invalid : Kind::unavailable, "mail_refused",
                      line);
        return all;
      }
      if (all.size() > 16 * max_line)
        return fail(Kind::unavailable, "mail_refused", "endless reply");
    }
  }

  Result<std::string> ask(std::string_view line, char first_digit) {
    MINBEN_CHECK(say(line));
    return expect(first_digit);
  }

 private:
  Result<std::string> read_line() {
    while (true) {
      if (const auto end = buffer_.find("\r\n"); end != buffer_.npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 2);
        return line;
      }
      if (buffer_.size() > max_line)
        return fail(Kind::unavailable, "mail_refused", "line too long");
      std::array<char, 1024> piece;
      MINBEN_TRY(size, stream_.read(piece, deadline_));
      if (size == 0) return fail(Kind::unavailable, "mail_refused", "relay closed the connection");
      buffer_.append(piece.data(), size);
    }
  }

  BlockingStream stream_;
  Deadline deadline_;
  std::string buffer_;
};

Result<BlockingStream> connect_to(std::string_view relay, Deadline deadline) {
  const auto colon = relay.rfind(':');
  const auto port =
      colon == relay.npos ? std::nullopt : parse_integer(relay.substr(colon + 1), 1, 65535);
  if (!port) return fail(Kind::invalid, "bad_relay", "expected host:port");
  return BlockingStream::connect(std::string(relay.substr(0, colon)),
                                 static_cast<std::uint16_t>(*port), deadline);
}

}  // namespace

Result<void> send_mail(std::string_view relay, std::string_view from, const Mail& mail,
                       const Clock& clock) {
  if (!is_address(from)) return fail(Kind::invalid, "bad_address", "sender", "from");
  if (!is_address(mail.to)) return fail(Kind::invalid, "bad_address", "recipient", "to");
  if (mail.subject.find_first_of(std::string_view("\r\n\0", 3)) != mail.subject.npos ||
      !is_utf8(mail.subject) || !is_utf8(mail.text))
    return fail(Kind::invalid, "bad_address", "a line break, or text that is not UTF-8", "subject");
  const Deadline deadline = std::chrono::steady_clock::now() + patience;
  MINBEN_TRY(stream, connect_to(relay, deadline));
  Conversation relay_talk(std::move(stream), deadline);
  MINBEN_CHECK(relay_talk.expect('2'));
  MINBEN_TRY(features, relay_talk.ask("EHLO minben\r\n", '2'));
  const bool needs_utf8 =
      !std::ranges::all_of(mail.to, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (needs_utf8 && features.find("SMTPUTF8") == features.npos)
    return fail(Kind::invalid, "mail_refused", "the relay does not take addresses outside ASCII",
                "to");
  MINBEN_CHECK(relay_talk.ask(
      fmt::format("MAIL FROM:<{}>{}\r\n", from, needs_utf8 ? " SMTPUTF8" : ""), '2'));
  MINBEN_CHECK(relay_talk.ask(fmt::format("RCPT TO:<{}>\r\n", mail.to), '2'));
  MINBEN_CHECK(relay_talk.ask("DATA\r\n", '3'));
  MINBEN_CHECK(relay_talk.say(write_message(from, mail, clock)));
  MINBEN_CHECK(relay_talk.ask(".\r\n", '2'));
  (void)relay_talk.say("QUIT\r\n");
  return {};
}

}  // namespace minben::net

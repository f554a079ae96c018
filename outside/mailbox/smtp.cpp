#include "mailbox/smtp.hpp"

namespace outside::mailbox {

namespace {

constexpr std::size_t max_line = 4096;
constexpr std::size_t max_message = 1u << 20;
constexpr std::size_t max_recipients = 100;

// "<user@host>" and what may follow; nullopt when there is no such thing.
std::optional<std::string> path_in(std::string_view text) {
  const auto open = text.find('<');
  const auto close = text.find('>');
  if (open == text.npos || close == text.npos || close < open) return std::nullopt;
  const auto address = text.substr(open + 1, close - open - 1);
  if (address.size() > 254 || !is_utf8(address)) return std::nullopt;
  for (const char c : address)
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '<') return std::nullopt;
  return std::string(address);
}

}  // namespace

std::string SmtpSession::greeting() { return "220 mailbox ready\r\n"; }

std::string SmtpSession::take(std::string_view bytes) {
  std::string replies;
  buffer_ += bytes;
  std::size_t start = 0;
  while (!finished_) {
    const auto end = buffer_.find("\r\n", start);
    if (end == buffer_.npos) break;
    const std::string line = buffer_.substr(start, end - start);
    start = end + 2;
    replies += in_data_ ? data_line(line) : command(line);
  }
  buffer_.erase(0, start);
  if (buffer_.size() > max_line) {
    finished_ = true;
    replies += "500 line too long\r\n";
  }
  return replies;
}

void SmtpSession::reset() {
  envelope_ = {};
  has_sender_ = false;
  in_data_ = false;
  too_long_ = false;
}

std::string SmtpSession::command(std::string_view line) {
  const std::string verb = to_lower_ascii(line.substr(0, 4));
  if (verb == "ehlo" || verb == "helo") {
    greeted_ = true;
    reset();
    if (verb == "helo") return "250 mailbox\r\n";
    return "250-mailbox\r\n250-SIZE 1048576\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n";
  }
  if (verb == "quit") {
    finished_ = true;
    return "221 bye\r\n";
  }
  if (verb == "noop") return "250 ok\r\n";
  if (verb == "vrfy") return "252 try it\r\n";
  if (verb == "rset") {
    reset();
    return "250 ok\r\n";
  }
  if (!greeted_) return "503 EHLO first\r\n";
  if (verb == "mail") return mail(line);
  if (verb == "rcpt") return recipient(line);
  if (verb != "data") return "500 unknown command\r\n";
  if (envelope_.to.empty()) return "503 RCPT first\r\n";
  in_data_ = true;
  return "354 end with a line of one dot\r\n";
}

std::string SmtpSession::mail(std::string_view argument) {
  if (has_sender_) return "503 one MAIL at a time\r\n";
  const auto path = path_in(argument);  // "<>" is a notice without return path
  if (!path) return "501 bad sender\r\n";
  envelope_.from = *path;
  has_sender_ = true;
  return "250 ok\r\n";
}

std::string SmtpSession::recipient(std::string_view argument) {
  if (!has_sender_) return "503 MAIL first\r\n";
  const auto path = path_in(argument);
  if (!path || path->find('@') == path->npos) return "501 bad recipient\r\n";
  if (envelope_.to.size() >= max_recipients) return "452 too many recipients\r\n";
  envelope_.to.push_back(to_lower_ascii(*path));
  return "250 ok\r\n";
}

std::string SmtpSession::data_line(std::string_view line) {
  if (line == ".") return end_of_data();
  if (line.starts_with('.')) line.remove_prefix(1);
  if (envelope_.data.size() + line.size() + 2 > max_message) {
    too_long_ = true;
  } else {
    envelope_.data.append(line).append("\r\n");
  }
  return {};
}

std::string SmtpSession::end_of_data() {
  const bool too_long = too_long_;
  const auto delivered = too_long ? Result<void>{} : deliver_(envelope_);
  reset();
  if (too_long) return "552 message too large\r\n";
  return delivered ? "250 kept\r\n" : "451 not kept, try again\r\n";
}

}  // namespace outside::mailbox

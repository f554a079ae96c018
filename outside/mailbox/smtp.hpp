#pragma once
// The receiving half of RFC 5321, with 8BITMIME, SIZE and SMTPUTF8 (RFC 6152, 1870, 6531).
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"

namespace outside::mailbox {

using namespace minben;

struct Envelope {
  std::string from;
  std::vector<std::string> to;
  std::string data;  ///< as sent, dots unstuffed
};

/// One SMTP conversation, without sockets: bytes in, replies out. Bounded: lines of 4 KiB, messages
/// of 1 MiB, 100 recipients.
class SmtpSession {
 public:
  using Deliver = std::function<Result<void>(const Envelope&)>;
  explicit SmtpSession(Deliver deliver) : deliver_(std::move(deliver)) {}

  static std::string greeting();
  /// Takes what has arrived; returns what to answer (perhaps nothing yet).
  std::string take(std::string_view bytes);
  [[nodiscard]] bool finished() const { return finished_; }

 private:
  std::string command(std::string_view line);
  std::string mail(std::string_view argument);
  std::string recipient(std::string_view argument);
  std::string data_line(std::string_view line);
  std::string end_of_data();
  void reset();

  Deliver deliver_;
  std::string buffer_;
  Envelope envelope_;
  bool greeted_ = false;
  bool has_sender_ = false;
  bool in_data_ = false;
  bool too_long_ = false;
  bool finished_ = false;
};

}  // namespace outside::mailbox

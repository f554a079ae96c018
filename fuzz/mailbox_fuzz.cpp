// SMTP conversations and messages, cut anywhere: what is delivered must not depend on the cuts.
#include "mailbox/message.hpp"
#include "mailbox/smtp.hpp"

using namespace outside::mailbox;

namespace {

std::vector<std::string> talk(std::string_view bytes, std::size_t step) {
  std::vector<std::string> delivered;
  SmtpSession session([&](const Envelope& mail) -> minben::Result<void> {
    delivered.push_back(mail.from + mail.data);
    return {};
  });
  for (std::size_t at = 0; at < bytes.size() && !session.finished(); at += step)
    session.take(bytes.substr(at, step));
  return delivered;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  MINBEN_ASSERT(minben::is_utf8(read_message(text).text));
  MINBEN_ASSERT(minben::is_utf8(read_message(text).subject));
  if (size < 4096) MINBEN_ASSERT(talk(text, 1) == talk(text, size + 1));
  return 0;
}

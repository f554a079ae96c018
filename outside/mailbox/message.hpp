#pragma once
// Internet messages (RFC 5322, 2045, 2047) as far as notices of one text part need.
#include <string>
#include <string_view>

#include "core/core.hpp"

namespace outside::mailbox {

using namespace minben;

struct Message {
  std::string subject;  ///< decoded, UTF-8
  std::string text;     ///< decoded, UTF-8; bytes that are not are replaced
};

/// Never fails: what cannot be decoded is shown as it came.
Message read_message(std::string_view raw);

/// RFC 2047 encoded words, B and Q, in UTF-8 and US-ASCII; others stay as they are.
std::string decode_words(std::string_view text);
std::string decode_quoted_printable(std::string_view text);

}  // namespace outside::mailbox

// What one gateway reads of another: pieces of messages, and the heads in them.
#include "letter.hpp"
#include "piece.hpp"
#include "record.hpp"

using namespace minben;
using namespace minben::gateway;

namespace {

void read_head(std::string_view text) {
  if (const auto head = read_request_head(text)) MINBEN_ASSERT(write_head(*head) == text);
  if (const auto head = read_answer_head(text)) MINBEN_ASSERT(write_head(*head) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read_head(bytes);
  (void)read_record(bytes);
  std::string_view rest = bytes;
  while (true) {
    const auto read = read_piece(rest);
    if (!read || !*read) break;
    const auto& [piece, length] = **read;
    MINBEN_ASSERT(length <= rest.size() && piece.head.size() <= max_head &&
                  piece.body.size() <= max_piece_body);
    std::string again;
    write_piece(piece, again);
    MINBEN_ASSERT(again == rest.substr(0, length));
    for (const std::string_view answer : read_answers(piece.body))
      MINBEN_ASSERT(!answer.empty() && answer.size() <= piece.body.size());
    read_head(piece.head);
    (void)read_seal(piece.seal);
    rest.remove_prefix(length);
  }
  return 0;
}

// Requests as they come over the wire, cut anywhere: framing must not depend on the cuts.
#include <cstdint>
#include <string_view>

#include "net/net.hpp"
#include "parser.hpp"

using namespace minben;
using namespace minben::net;

namespace {

struct Outcome {
  bool refused = false;
  bool done = false;
  std::string method, target, body;
  bool operator==(const Outcome&) const = default;
};

Outcome read(std::string_view bytes, std::size_t step) {
  RequestParser parser(4096);
  auto sink = BodySink::make("text/plain", {}).value();
  std::string pending;
  bool expecting = false;
  for (std::size_t at = 0; at < bytes.size() && !parser.done();) {
    const auto piece = bytes.substr(at, step);
    at += piece.size();
    pending += piece;
    while (true) {
      const auto used = parser.put(pending);
      if (!used) return {.refused = true, .method = {}, .target = {}, .body = {}};
      pending.erase(0, *used);
      if (parser.head_done() && !expecting && !parser.done()) {
        expecting = true;
        parser.expect_body(*sink, 1000);
        continue;
      }
      break;
    }
  }
  Request request;
  (void)sink->finish(request);
  const bool done = parser.done();
  return {false, done, done ? parser.head().method : "", done ? parser.head().target : "",
          done ? request.body : ""};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = read(bytes, bytes.size() + 1);
  const Outcome pieces = read(bytes, 1 + data[0] % 32);
  if (whole.done || pieces.done) MINBEN_ASSERT(whole == pieces);
  return 0;
}

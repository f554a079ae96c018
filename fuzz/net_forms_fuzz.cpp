// Bodies and targets as strangers send them: multipart cut anywhere, urlencoded, paths, query
// strings.
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "net/net.hpp"
#include "multipart.hpp"
#include "router.hpp"

using namespace minben;
using namespace minben::net;

namespace {

const Router& router() {
  static const Router made = [] {
    const Handler none = [](Request&) { return Response{}; };
    std::vector<Route> routes;
    for (const char* pattern :
         {"/", "/a", "/a/{b}", "/a/b/c", "/a/{b}/d", "/files/{rest...}", "/{x}/{y}"})
      routes.push_back({Method::get, pattern, Access{"anyone"}, 0, none});
    return std::move(Router::build(std::move(routes)).value());
  }();
  return made;
}

void read_multipart(std::string_view body, std::size_t step) {
  MultipartReader reader("b", std::filesystem::temp_directory_path(),
                         {.max_fields = 8, .max_text_bytes = 4096});
  for (std::size_t at = 0; at < body.size(); at += step)
    if (!reader.add(body.substr(at, step))) return;
  if (const auto form = reader.finish())
    for (const Upload& upload : form->uploads) std::filesystem::remove(upload.path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto target = parse_target(text, 16)) {
    // What is accepted never climbs, and always has a way to be written again.
    for (const auto& segment : target->segments)
      MINBEN_ASSERT(segment != ".." && segment.find('/') == segment.npos);
    (void)router().match(Method::get, *target);
  }
  if (const auto form = parse_urlencoded(text, 16)) {
    const auto again = parse_urlencoded(write_urlencoded(form->fields()), 16);
    MINBEN_ASSERT(again && again->fields() == form->fields());
  }
  (void)multipart_boundary(text);
  if (size > 1) read_multipart(text.substr(1), 1 + data[0] % 64);
  return 0;
}

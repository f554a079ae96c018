#include "letter.hpp"

#include <fmt/format.h>

#include "exchange/values.hpp"
#include "piece.hpp"

namespace minben::gateway {

namespace {

constexpr std::size_t own_fields = 8, own_bytes = 1024;  ///< that gateways add

std::unexpected<Error> bad(std::string_view why) { return fail(Kind::invalid, "bad_head", why); }

void append(std::string& out, const net::Headers& fields) {
  for (const auto& [name, value] : fields.all())
    out.append(name).append(":").append(value).append("\r\n");
}

bool is_value(std::string_view value) {
  return std::ranges::all_of(value, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

/// The next line without its CRLF; nothing when there is none.
std::optional<std::string_view> next_line(std::string_view& text) {
  const auto end = text.find("\r\n");
  if (end == text.npos) return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

Result<net::Headers> read_fields(std::string_view text) {
  net::Headers fields;
  while (!text.empty()) {
    const auto line = next_line(text);
    if (!line) return bad("a line without its end");
    const auto colon = line->find(':');
    if (colon == line->npos || !net::is_token(line->substr(0, colon)) ||
        !is_value(line->substr(colon + 1)))
      return bad("not a field");
    if (fields.all().size() >= max_fields) return bad("too many fields");
    fields.add(line->substr(0, colon), line->substr(colon + 1));
  }
  return fields;
}

}  // namespace

std::string write_head(const RequestHead& head) {
  std::string out = fmt::format("{}\r\n{}\r\n", net::to_string(head.method), head.target);
  append(out, head.fields);
  return out;
}

std::string write_head(const AnswerHead& head) {
  std::string out = fmt::format("{}\r\n", head.status);
  append(out, head.fields);
  return out;
}

Result<void> check_size(const net::Headers& fields, std::string_view target) {
  std::size_t bytes = target.size() + own_bytes;
  for (const auto& [name, value] : fields.all()) bytes += name.size() + value.size() + 3;
  if (bytes > max_head || fields.all().size() + own_fields > max_fields)
    return fail(Kind::too_large, "head_too_large", "too many header fields, or too long ones");
  return {};
}

Result<RequestHead> read_request_head(std::string_view text) {
  const auto verb = next_line(text);
  const auto target = next_line(text);
  if (!verb || !target) return bad("no request line");
  MINBEN_TRY(method, parse_method(*verb));
  const bool visible = std::ranges::all_of(*target, [](char c) { return c > 0x20 && c < 0x7f; });
  if (!target->starts_with('/') || !visible) return bad("target");
  MINBEN_TRY(fields, read_fields(text));
  return RequestHead{method, std::string(*target), std::move(fields)};
}

Result<AnswerHead> read_answer_head(std::string_view text) {
  const auto line = next_line(text);
  if (!line) return bad("no status");
  const auto status = parse_integer(*line, 200, 599);
  if (!status || line->size() != 3) return bad("status");
  MINBEN_TRY(fields, read_fields(text));
  return AnswerHead{static_cast<int>(*status), std::move(fields)};
}

}  // namespace minben::gateway

#include "json_events.hpp"

#include <algorithm>

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

namespace minben::intake {

namespace {

namespace json = boost::json;

/// What Boost's parser calls: parts become whole tokens.
class Handler {
 public:
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = 1u << 16;
  static constexpr std::size_t max_string_size = SIZE_MAX;

  Handler(JsonEvents& events, std::size_t longest) : events_(events), longest_(longest) {}

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code& ec) {
    events_.begin_object();
    return go_on(ec);
  }
  bool on_object_end(std::size_t, json::error_code& ec) {
    events_.end_object();
    return go_on(ec);
  }
  bool on_array_begin(json::error_code& ec) {
    events_.begin_array();
    return go_on(ec);
  }
  bool on_array_end(std::size_t, json::error_code& ec) {
    events_.end_array();
    return go_on(ec);
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code& ec) {
    return add(part, ec);
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& ec) {
    events_.key(whole(part));
    parts_.clear();
    return go_on(ec);
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code& ec) {
    return add(part, ec);
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& ec) {
    events_.string(whole(part));
    parts_.clear();
    return go_on(ec);
  }
  bool on_number_part(json::string_view part, json::error_code& ec) { return add(part, ec); }
  bool on_int64(std::int64_t, json::string_view part, json::error_code& ec) {
    return number(part, ec);
  }
  bool on_uint64(std::uint64_t, json::string_view part, json::error_code& ec) {
    return number(part, ec);
  }
  bool on_double(double, json::string_view part, json::error_code& ec) { return number(part, ec); }
  bool on_bool(bool value, json::error_code& ec) {
    events_.boolean(value);
    return go_on(ec);
  }
  bool on_null(json::error_code& ec) {
    events_.null();
    return go_on(ec);
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  [[nodiscard]] const Result<void>& error() const { return error_; }

 private:
  bool number(json::string_view part, json::error_code& ec) {
    events_.number(whole(part));
    parts_.clear();
    return go_on(ec);
  }
  std::string_view whole(json::string_view part) {
    if (parts_.empty()) return {part.data(), part.size()};
    parts_.append(part.data(), part.size());
    return parts_;
  }
  bool add(json::string_view part, json::error_code& ec) {
    parts_.append(part.data(), part.size());
    if (parts_.size() <= longest_) return true;
    error_ = fail(Kind::too_large, "cell_too_large", "Limits::max_cell_bytes");
    ec = json::error::string_too_large;
    return false;
  }
  bool go_on(json::error_code& ec) {
    if (events_.state()) [[likely]]
      return true;
    error_ = events_.state();
    ec = json::error::incomplete;
    return false;
  }

  JsonEvents& events_;
  std::size_t longest_;
  std::string parts_;
  Result<void> error_;
};

std::unexpected<Error> not_json(std::string_view text, std::size_t at, const std::string& why) {
  const auto line = 1 + std::ranges::count(text.substr(0, at), '\n');
  Error error{Kind::invalid, "not_json", fmt::format("line {}: {}", line, why), {}, 0, 0};
  error.line = static_cast<int>(std::min<std::int64_t>(line, INT32_MAX));
  return fail(std::move(error));
}

}  // namespace

Result<void> read_json(std::string_view text, JsonEvents& events, const Limits& limits) {
  json::parse_options options;
  options.max_depth = limits.max_depth;
  options.allow_trailing_commas = true;
  json::basic_parser<Handler> parser(options, events, limits.max_cell_bytes);
  json::error_code ec;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  MINBEN_CHECK(parser.handler().error());
  if (ec == json::error::too_deep) return fail(Kind::too_large, "too_deep", "Limits::max_depth");
  if (ec) return not_json(text, used, ec.message());
  if (!trim(text.substr(used)).empty()) return not_json(text, used, "text after the end");
  return {};
}

void JsonText::quote(std::string_view text) {
  text_.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text_.push_back('\\');
      text_.push_back(c);
    } else if (byte < 0x20) {
      text_ += fmt::format("\\u{:04x}", byte);
    } else {
      text_.push_back(c);
    }
  }
  text_.push_back('"');
}

void JsonText::key(std::string_view key) {
  separate();
  quote(key);
  text_.push_back(':');
  comma_ = false;
}

void JsonText::string(std::string_view text) {
  separate();
  quote(text);
  comma_ = true;
}

}  // namespace minben::intake

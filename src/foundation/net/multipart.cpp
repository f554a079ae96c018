#include "multipart.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <system_error>

#include <fmt/format.h>

namespace minben::net {

namespace {

auto bad(std::string_view why) { return fail(Kind::invalid, "bad_multipart", why); }

struct Parameters {
  std::string main;  ///< lower case
  std::vector<std::pair<std::string, std::string>> values;

  [[nodiscard]] const std::string* get(std::string_view name) const {
    for (const auto& [key, value] : values)
      if (key == name) return &value;
    return nullptr;
  }
};

// RFC 9110 §5.6.4 quoted-string, but a backslash before anything else than '"' or '\' stays, since
// browsers on Windows once sent whole paths.
std::string read_quoted(std::string_view& text) {
  std::string out;
  text.remove_prefix(1);
  while (!text.empty() && text.front() != '"') {
    if (text.size() > 1 && text[0] == '\\' && (text[1] == '"' || text[1] == '\\'))
      text.remove_prefix(1);
    out += text.front();
    text.remove_prefix(1);
  }
  if (!text.empty()) text.remove_prefix(1);
  return out;
}

Parameters parse_parameters(std::string_view text) {
  Parameters out;
  const auto semicolon = std::min(text.find(';'), text.size());
  out.main = to_lower_ascii(trim(text.substr(0, semicolon)));
  text.remove_prefix(semicolon);
  while (!text.empty()) {
    text.remove_prefix(1);  // ';'
    const auto equals = text.find('=');
    if (equals == text.npos) break;
    std::string name = to_lower_ascii(trim(text.substr(0, equals)));
    text.remove_prefix(equals + 1);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    std::string value;
    if (!text.empty() && text.front() == '"') {
      value = read_quoted(text);
      text.remove_prefix(std::min(text.find(';'), text.size()));
    } else {
      const auto end = std::min(text.find(';'), text.size());
      value = trim(text.substr(0, end));
      text.remove_prefix(end);
    }
    out.values.emplace_back(std::move(name), std::move(value));
  }
  return out;
}

// WHATWG: browsers write '"' as %22 and line breaks as %0D %0A in names; nothing else is escaped.
std::string unescape_name(std::string text) {
  for (const auto& [from, to] : {std::pair{"%22", '"'}, {"%0D", '\r'}, {"%0A", '\n'}}) {
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + 1))
      text.replace(at, 3, 1, to);
  }
  return text;
}

Result<void> write_all(int file, std::string_view data) {
  while (!data.empty()) {
    const auto written = ::write(file, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0)
      return fail(Kind::unavailable, "upload_not_written", std::generic_category().message(errno));
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Result<std::string> multipart_boundary(std::string_view content_type) {
  const Parameters parameters = parse_parameters(content_type);
  const std::string* boundary = parameters.get("boundary");
  if (parameters.main != "multipart/form-data" || !boundary) return bad("no boundary");
  if (boundary->empty() || boundary->size() > 70) return bad("boundary of 1 to 70 characters");
  const bool printable =
      std::ranges::all_of(*boundary, [](char c) { return c >= ' ' && c < 0x7f; });
  if (!printable || boundary->ends_with(' ')) return bad("boundary with a forbidden character");
  return *boundary;
}

MultipartReader::MultipartReader(std::string_view boundary, std::filesystem::path directory,
                                 MultipartLimits limits)
    : delimiter_("\r\n--" + std::string(boundary)),
      directory_(std::move(directory)),
      limits_(limits) {}

MultipartReader::~MultipartReader() {
  if (file_ >= 0) ::close(file_);
  std::error_code ignored;
  if (file_ >= 0) std::filesystem::remove(upload_.path, ignored);
  for (const Upload& upload : form_.uploads) std::filesystem::remove(upload.path, ignored);
}

Result<void> MultipartReader::add(std::string_view piece) {
  buffer_ += piece;
  while (true) {
    MINBEN_TRY(more, step());
    if (!more) return {};
  }
}

Result<bool> MultipartReader::step() {
  switch (state_) {
    case State::preamble:
      return read_preamble();
    case State::after_delimiter:
      return read_after_delimiter();
    case State::headers:
      return read_headers();
    case State::data:
      return read_data();
    case State::end:
      break;
  }
  buffer_.clear();  // the epilogue is ignored
  return false;
}

Result<bool> MultipartReader::read_preamble() {
  const auto at = buffer_.find(delimiter_);
  if (at == buffer_.npos) {
    if (buffer_.size() > limits_.max_part_header_bytes) return bad("no first delimiter");
    return false;
  }
  buffer_.erase(0, at + delimiter_.size());
  state_ = State::after_delimiter;
  return true;
}

Result<bool> MultipartReader::read_after_delimiter() {
  if (buffer_.size() < 2) return false;
  const bool last = buffer_.starts_with("--");
  if (!last && !buffer_.starts_with("\r\n")) return bad("delimiter not followed by CRLF or --");
  buffer_.erase(0, 2);
  state_ = last ? State::end : State::headers;
  return true;
}

Result<bool> MultipartReader::read_headers() {
  const auto end = buffer_.find("\r\n\r\n");
  if (std::min(end, buffer_.size()) > limits_.max_part_header_bytes)
    return bad("part header too long");
  if (end == buffer_.npos) return false;
  MINBEN_CHECK(begin_part(std::string_view(buffer_).substr(0, end)));
  buffer_.erase(0, end + 4);
  state_ = State::data;
  return true;
}

Result<bool> MultipartReader::read_data() {
  const auto at = buffer_.find(delimiter_);
  const std::string_view all = buffer_;
  if (at == buffer_.npos) {
    if (all.size() < delimiter_.size()) return false;
    const auto safe = all.size() - (delimiter_.size() - 1);
    MINBEN_CHECK(take(all.substr(0, safe)));
    buffer_.erase(0, safe);
    return false;
  }
  MINBEN_CHECK(take(all.substr(0, at)));
  MINBEN_CHECK(end_part());
  buffer_.erase(0, at + delimiter_.size());
  state_ = State::after_delimiter;
  return true;
}

Result<void> MultipartReader::begin_part(std::string_view headers) {
  if (++parts_ > limits_.max_fields)
    return fail(Kind::too_large, "too_many_fields",
                fmt::format("more than {}", limits_.max_fields));
  name_.clear();
  value_.clear();
  is_file_ = false;
  upload_ = {};
  for (auto line : split(headers, '\n')) {
    const auto colon = line.find(':');
    if (colon == line.npos) continue;
    const std::string key = to_lower_ascii(trim(line.substr(0, colon)));
    if (key == "content-type") upload_.claimed_type = trim(line.substr(colon + 1));
    if (key != "content-disposition") continue;
    const Parameters parameters = parse_parameters(line.substr(colon + 1));
    if (parameters.main != "form-data") return bad("not form-data");
    if (const auto* name = parameters.get("name")) name_ = unescape_name(*name);
    if (const auto* file_name = parameters.get("filename")) {
      is_file_ = true;
      upload_.file_name = unescape_name(*file_name);
    }
  }
  if (name_.empty()) return bad("part without a name");
  if (!is_utf8(name_) || !is_utf8(upload_.file_name) || !is_utf8(upload_.claimed_type))
    return fail(Kind::invalid, "not_utf8");
  upload_.field = name_;
  return {};
}

Result<void> MultipartReader::open_file() {
  std::string path = (directory_ / "minben-upload-XXXXXX").string();
  file_ = ::mkostemp(path.data(), O_CLOEXEC);  // mode 0600
  if (file_ < 0)
    return fail(Kind::unavailable, "upload_not_written", std::generic_category().message(errno));
  upload_.path = path;
  hash_ = std::make_unique<Sha256Stream>();
  return {};
}

Result<void> MultipartReader::take(std::string_view data) {
  if (data.empty()) return {};
  if (is_file_) {
    if (file_ < 0) MINBEN_CHECK(open_file());
    hash_->add(as_bytes(data));
    upload_.size += data.size();
    return write_all(file_, data);
  }
  text_bytes_ += data.size();
  if (text_bytes_ > limits_.max_text_bytes)
    return fail(Kind::too_large, "fields_too_large",
                fmt::format("more than {} bytes", limits_.max_text_bytes));
  value_ += data;
  return {};
}

Result<void> MultipartReader::end_part() {
  if (!is_file_) {
    if (!is_utf8(value_)) return fail(Kind::invalid, "not_utf8", {}, name_);
    form_.add(std::move(name_), std::move(value_));
    return {};
  }
  // A file input left empty arrives as an empty part with an empty name.
  if (file_ < 0 && upload_.file_name.empty()) return {};
  if (file_ < 0) MINBEN_CHECK(open_file());
  ::close(file_);
  file_ = -1;
  upload_.sha256_hex = hex_encode(hash_->finish());
  form_.uploads.push_back(std::move(upload_));
  return {};
}

Result<Form> MultipartReader::finish() {
  if (state_ != State::end) return bad("no closing delimiter");
  return std::exchange(form_, Form{});
}

}  // namespace minben::net

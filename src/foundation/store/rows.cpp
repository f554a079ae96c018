#include <charconv>

#include <libpq-fe.h>

#include "store.hpp"

namespace minben::store {

struct Rows::Impl {
  PGresult* result = nullptr;
  ~Impl() { PQclear(result); }
};

Rows::Rows() = default;
Rows::Rows(void* pg_result) : impl_(std::make_unique<Impl>(static_cast<PGresult*>(pg_result))) {}
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::~Rows() = default;

int Rows::size() const { return impl_ ? PQntuples(impl_->result) : 0; }

std::int64_t Rows::affected() const {
  if (!impl_) return 0;
  return parse_integer(PQcmdTuples(impl_->result)).value_or(0);
}

Row Rows::operator[](int index) const {
  MINBEN_ASSERT(index >= 0 && index < size());
  return {*this, index};
}

namespace {
int column_number(const PGresult* result, std::string_view name) {
  for (int i = 0; i < PQnfields(result); ++i)
    if (name == PQfname(result, i)) return i;
  return -1;
}

/// "2026-11-23 04:05:06.5+00" as the server writes it for a session in UTC.
Instant read_instant(std::string_view text) {
  MINBEN_ASSERT(text.ends_with("+00"));
  const auto instant = parse_instant(std::string(text.substr(0, text.size() - 3)) + "Z");
  MINBEN_ASSERT(instant.has_value());
  return *instant;
}

/// One element of an array literal off the front, after '{' or ','.
std::string take_element(std::string_view& text) {
  std::string element;
  if (!text.starts_with('"')) {
    const auto end = text.find_first_of(",}");
    MINBEN_ASSERT(end != std::string_view::npos);
    element = text.substr(0, end);
    text.remove_prefix(end);
    return element;
  }
  std::size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\') ++i;
    element += text[i];
  }
  text.remove_prefix(i + 1);
  return element;
}
}  // namespace

std::string_view Row::raw(std::string_view column) const {
  const PGresult* result = rows_->impl_->result;
  const int number = column_number(result, column);
  MINBEN_ASSERT(number >= 0);
  return {PQgetvalue(result, index_, number),
          static_cast<std::size_t>(PQgetlength(result, index_, number))};
}

bool Row::is_null(std::string_view column) const {
  const PGresult* result = rows_->impl_->result;
  const int number = column_number(result, column);
  MINBEN_ASSERT(number >= 0);
  return PQgetisnull(result, index_, number) != 0;
}

std::string Row::text(std::string_view column) const { return std::string(raw(column)); }

std::int64_t Row::integer(std::string_view column) const {
  const auto value = parse_integer(raw(column));
  MINBEN_ASSERT(value.has_value());
  return *value;
}

double Row::number(std::string_view column) const {
  const std::string_view text = raw(column);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  MINBEN_ASSERT(error == std::errc{} && end == text.data() + text.size());
  return value;
}

bool Row::boolean(std::string_view column) const {
  const std::string_view text = raw(column);
  MINBEN_ASSERT(text == "t" || text == "f");
  return text == "t";
}

Instant Row::instant(std::string_view column) const { return read_instant(raw(column)); }

Date Row::date(std::string_view column) const {
  const auto date = parse_date(raw(column));
  MINBEN_ASSERT(date.has_value());
  return *date;
}

Json Row::json(std::string_view column) const {
  if (is_null(column)) return nullptr;
  auto value = parse_json(raw(column), {.max_bytes = 64u << 20, .max_depth = 256});
  MINBEN_ASSERT(value.has_value());
  return std::move(*value);
}

Bytes Row::bytes(std::string_view column) const {
  const std::string_view text = raw(column);
  if (text.empty()) return {};
  MINBEN_ASSERT(text.starts_with("\\x"));
  auto bytes = hex_decode(text.substr(2));
  MINBEN_ASSERT(bytes.has_value());
  return std::move(*bytes);
}

std::vector<std::string> Row::texts(std::string_view column) const {
  std::string_view text = raw(column);
  std::vector<std::string> values;
  if (text.empty() || text == "{}") return values;
  MINBEN_ASSERT(text.starts_with('{') && text.ends_with('}'));
  do {
    text.remove_prefix(1);  // '{' or ','
    values.push_back(take_element(text));
  } while (text.starts_with(','));
  return values;
}

std::optional<Instant> Row::optional_instant(std::string_view column) const {
  return is_null(column) ? std::nullopt : std::optional(instant(column));
}
std::optional<Date> Row::optional_date(std::string_view column) const {
  return is_null(column) ? std::nullopt : std::optional(date(column));
}

}  // namespace minben::store

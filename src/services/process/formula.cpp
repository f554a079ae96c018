#include "formula.hpp"

namespace minben::process {

namespace {

constexpr std::size_t max_names = 128;

bool is_name_start(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}
bool is_name_part(unsigned char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

std::size_t offset_of(std::string_view text, int line, int column) {
  std::size_t at = 0;
  for (int l = 1; l < line; ++l) {
    const auto end = text.find('\n', at);
    if (end == std::string_view::npos) return text.size();
    at = end + 1;
  }
  // Columns count characters: step over UTF-8 continuation bytes.
  for (int c = 1; c < column && at < text.size(); ++c) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  }
  return at;
}

/// The identifier at the place of an "unknown name" error; empty when there is none.
std::string name_at(std::string_view text, const Error& error) {
  const std::size_t start = offset_of(text, error.line == 0 ? 1 : error.line, error.column);
  if (start >= text.size() || !is_name_start(static_cast<unsigned char>(text[start]))) return {};
  std::size_t end = start;
  while (end < text.size() && is_name_part(static_cast<unsigned char>(text[end]))) ++end;
  return std::string(text.substr(start, end - start));
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Bounds for one condition or mapping: far beyond any sensible one, far below a noticeable pause.
rules::Options options_at(Instant now) {
  rules::Options options;
  options.limits = {.max_steps = 500'000, .max_elements = 100'000, .max_depth = 300};
  options.now = now;
  return options;
}

}  // namespace

rules::Context Formula::context(const Lookup& lookup) const {
  rules::Context context;
  for (const auto& name : names_) {
    const Json* value = lookup(name);
    context.set(name, value ? rules::from_json(*value) : rules::Value{});
  }
  return context;
}

Result<Json> Formula::evaluate(const Lookup& lookup, Instant now) const {
  const rules::Options options = options_at(now);
  MINBEN_TRY(value, expression_.evaluate(context(lookup), options));
  return rules::to_json(value);
}

Result<bool> Formula::holds(const Lookup& lookup, Instant now) const {
  return expression_.holds(context(lookup), options_at(now));
}

Result<std::shared_ptr<const Formula>> compile_formula(std::string_view text) {
  text = trim(text);
  if (text.starts_with('=')) text = trim(text.substr(1));
  std::vector<std::string> names;
  while (true) {
    auto parsed = rules::Expression::parse(text, names);
    if (parsed) {
      auto used = parsed->used_names();
      return std::make_shared<const Formula>(std::move(*parsed), std::move(used));
    }
    std::string name =
        parsed.error().code == "feel_unknown_name" ? name_at(text, parsed.error()) : "";
    if (name.empty() || contains(names, name) || names.size() >= max_names) {
      return std::unexpected(std::move(parsed).error());
    }
    names.push_back(std::move(name));
  }
}

}  // namespace minben::process

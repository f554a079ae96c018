#include "dcat_read.hpp"
#include "dcat_words.hpp"
#include "names.hpp"
#include "terms.hpp"

namespace minben::interchange {

namespace {

// Control characters are no text; what is lost here stays in what is kept.
std::string cleaned(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t' || c == '\r') out += c;
  return out;
}

int rank_of(std::string_view language, std::string_view wanted) {
  const std::string tag = to_lower_ascii(language);
  if (tag == wanted) return 3;
  return tag == wanted.substr(0, 2) || tag.starts_with(std::string(wanted.substr(0, 2)) + "-") ? 2
                                                                                               : 0;
}

}  // namespace

std::optional<TermId> Look::first(TermId node, std::string_view property) const {
  const auto found = all(node, property);
  return found.empty() ? std::nullopt : std::optional(found.front());
}

std::string Look::word(TermId node, std::string_view property) const {
  for (const TermId id : all(node, property))
    if (graph_.term(id).kind != Term::Kind::blank) return cleaned(graph_.term(id).value);
  return {};
}
std::string Look::literal(TermId node, std::string_view property) const {
  for (const TermId id : all(node, property))
    if (graph_.term(id).kind == Term::Kind::literal) return cleaned(graph_.term(id).value);
  return {};
}
std::string Look::iri(TermId node, std::string_view property) const {
  for (const TermId id : all(node, property))
    if (graph_.term(id).kind == Term::Kind::iri) return graph_.term(id).value;
  return {};
}
std::string Look::address(TermId node, std::string_view property) const {
  for (const TermId id : all(node, property))
    if (graph_.term(id).kind != Term::Kind::blank && is_web_address(graph_.term(id).value))
      return cleaned(graph_.term(id).value);
  return {};
}

catalogue::Text Look::text(TermId node, std::string_view property) const {
  catalogue::Text out;
  int zh_rank = 0, en_rank = 0;
  std::string other;
  for (const TermId id : all(node, property)) {
    const Term& term = graph_.term(id);
    if (term.kind != Term::Kind::literal || term.value.empty()) continue;
    const std::string value = cleaned(term.value);
    int zh = rank_of(term.language, "zh-hant"), en = rank_of(term.language, "en");
    if (term.language.empty()) (has_han(value) ? zh : en) = 1;
    if (zh > zh_rank) {
      out.zh_hant = value;
      zh_rank = zh;
    } else if (en > en_rank) {
      out.en = value;
      en_rank = en;
    } else if (zh == 0 && en == 0 && other.empty()) {
      other = value;
    }
  }
  if (out.empty()) out.en = other;  // better in another language than not at all
  return out;
}

std::string Look::label(TermId node) const {
  if (graph_.term(node).kind == Term::Kind::literal) return cleaned(graph_.term(node).value);
  for (const std::string_view property :
       {words::pref_label, words::label, words::rdf_value, dct::title})
    if (const std::string found = literal(node, property); !found.empty()) return found;
  return {};
}

std::optional<Instant> Look::instant(TermId node, std::string_view property) const {
  for (const TermId id : all(node, property))
    if (graph_.term(id).kind == Term::Kind::literal)
      if (const auto time = read_time(graph_.term(id).value)) return time;
  return std::nullopt;
}

std::optional<std::int64_t> Look::count(TermId node, std::string_view property) const {
  std::string text = literal(node, property);
  if (text.ends_with(".0")) text.resize(text.size() - 2);  // xsd:decimal of older profiles
  return parse_integer(text, 0);
}

bool Look::is(TermId node, std::string_view type) const {
  for (const TermId id : all(node, ns::rdf_type))
    if (graph_.term(id).value == type) return true;
  return false;
}

}  // namespace minben::interchange

// What all things of a catalogue are said with.
#include "dcat_words.hpp"
#include "dcat_write.hpp"
#include "names.hpp"
#include "terms.hpp"

namespace minben::interchange {

namespace vocabulary = catalogue::vocabulary;

Statements& Statements::add(std::string_view property, TermId object) {
  graph_.add(subject_, graph_.iri(property), object);
  return *this;
}
Statements& Statements::type(std::string_view type) { return add(ns::rdf_type, graph_.iri(type)); }

Statements& Statements::plain(std::string_view property, std::string_view value) {
  return value.empty() ? *this : add(property, graph_.literal(value));
}
Statements& Statements::text(std::string_view property, const catalogue::Text& text) {
  if (!text.zh_hant.empty()) add(property, graph_.literal(text.zh_hant, "zh-Hant"));
  if (!text.en.empty()) add(property, graph_.literal(text.en, "en"));
  return *this;
}
Statements& Statements::typed(std::string_view property, std::string_view value,
                              std::string_view xsd_type) {
  return add(property, graph_.literal(value, {}, std::string(ns::xsd_iri) + std::string(xsd_type)));
}
Statements& Statements::instant(std::string_view property, const std::optional<Instant>& instant) {
  return instant ? typed(property, to_string(*instant), "dateTime") : *this;
}

Statements& Statements::link(std::string_view property, std::string_view iri,
                             std::string_view type) {
  if (!is_absolute_iri(iri)) return *this;
  const TermId object = graph_.iri(iri);
  add(property, object);
  if (!type.empty()) graph_.add(object, graph_.iri(ns::rdf_type), graph_.iri(type));
  return *this;
}
Statements& Statements::concept_link(std::string_view property, std::string_view iri,
                                     const catalogue::Text& label) {
  link(property, iri, words::Concept);
  Statements(graph_, iri).text(words::pref_label, label);
  return *this;
}
Statements& Statements::labelled(std::string_view property, std::string_view type,
                                 std::string_view label_property, const catalogue::Text& label) {
  if (label.empty()) return *this;
  Statements node(graph_, graph_.new_blank());
  node.type(type).text(label_property, label);
  return add(property, node.subject());
}

void write_publisher(Statements& about, const catalogue::PublisherCode& code,
                     const Addresses& addresses, const PublisherOf& publisher_of) {
  if (code.value.empty()) return;
  const std::string iri = addresses.publisher(code);
  about.link(dct::publisher, iri, words::Agent);
  const catalogue::Publisher* publisher = publisher_of ? publisher_of(code) : nullptr;
  Statements agent(about.graph(), iri);
  if (publisher == nullptr || publisher->title.empty()) {
    agent.plain(words::foaf_name, code.value);
    return;
  }
  agent.text(words::foaf_name, publisher->title)
      .link(words::homepage, publisher->url, words::Document);
}

void write_licence(Statements& about, const std::string& licence) {
  if (licence.empty()) return;
  const vocabulary::Licence* known = vocabulary::find_licence(licence);
  std::string_view iri = licence;
  if (known && known->term.code == licence)
    iri = known->eu_uri.empty() ? known->term.uri : known->eu_uri;
  if (is_absolute_iri(iri)) {
    about.link(dct::licence, iri, dct::LicenceDocument);
    return;
  }
  // "other-open" has no address.
  Statements node(about.graph(), about.graph().new_blank());
  node.type(dct::LicenceDocument).plain(dct::identifier, licence);
  about.add(dct::licence, node.subject());
}

void write_languages(Statements& about, const std::vector<std::string>& languages) {
  for (const std::string& tag : languages) {
    const std::string iri = language_iri(tag);
    if (!iri.empty()) {
      about.link(dct::language, iri, dct::LinguisticSystem);
      continue;
    }
    Statements node(about.graph(), about.graph().new_blank());
    node.type(dct::LinguisticSystem).plain(words::rdf_value, tag);
    about.add(dct::language, node.subject());
  }
}

// An interval that has no code of its own is said in full as well.
void write_frequency(Statements& about, const catalogue::Frequency& frequency) {
  using Kind = catalogue::Frequency::Kind;
  if (frequency.kind == Kind::unknown) return;
  const std::string_view code = vocabulary::eu_frequency(frequency);
  about.link(dct::accrual_periodicity, std::string(words::eu_frequency) + std::string(code),
             dct::Frequency);
  if (frequency.kind != Kind::regular || vocabulary::read_frequency(code) == frequency) return;
  constexpr std::string_view units = "MHDWMY";
  const auto unit = static_cast<std::size_t>(frequency.unit);
  about.typed(words::own_interval,
              std::string(unit < 2 ? "PT" : "P") + std::to_string(frequency.every) + units[unit],
              "duration");
}

}  // namespace minben::interchange

#pragma once
// Private: what the parts of the room share.
#include <array>

#include "voices/voices.hpp"

namespace minben::voices {

/// The job that brings a mail; see Common::tell_person.
inline constexpr std::string_view mail_job = "voices.mail";

/// What a mail is about.
struct News {
  std::string_view what;  ///< one of the notices in mails.cpp
  std::string title;      ///< of the request, dataset or reuse
  std::string path;       ///< below the language: "dataset-requests/0190…"
  std::string key;        ///< the same news goes once to each
};

/// A term that somebody has to keep.
struct Term {
  Instant remind_at;
  Instant due_at;
};

class Common {
 public:
  Common(const Parts& given, Config configured) : parts(given), config(std::move(configured)) {}
  const Parts parts;
  const Config config;

  [[nodiscard]] Instant now() const { return parts.clock.now(); }
  /// So many working days after `from`, today not counted.
  [[nodiscard]] Term term(const AgencyCode& agency, Instant from, int count) const;
  /// Of the publisher's agency; of the platform for none or an unknown one.
  Result<AgencyCode> agency_of(store::Transaction& tx, std::string_view publisher) const;

  /// forbidden "role_missing" or "not_yours".
  Result<void> check_steward(store::Transaction& tx, const identity::Officer& officer,
                             const catalogue::PublisherCode& publisher) const;
  Result<void> check_platform(const identity::Officer& officer) const;
  /// Codes of the publishers that the officer answers for; with "", of what is not routed, for the
  /// platform's.
  Result<std::vector<std::string>> publishers_of(store::Transaction& tx,
                                                 const identity::Officer& officer) const;

  Result<std::optional<Bytes>> seal_name(store::Transaction& tx, const Author& author) const;
  /// "" for nobody, and after the person was erased.
  Result<std::string> open_name(store::Transaction& tx, PersonId person,
                                const store::Row& row) const;

  Result<void> tell_person(store::Transaction& tx, PersonId person, const News& news) const;
  /// Of the publisher's agency, or of the platform where that has none.
  Result<void> tell_stewards(store::Transaction& tx, std::string_view publisher,
                             const News& news) const;
  Result<void> tell_platform(store::Transaction& tx, const News& news) const;
  /// The mail job.
  Result<void> send_mail(store::Transaction& tx, const identity::Mailer& mailer,
                         const store::Job& job) const;

 private:
  Result<std::vector<identity::Officer>> stewards(store::Transaction& tx,
                                                  const AgencyCode& agency) const;
  Result<void> tell_officer(store::Transaction& tx, const identity::Officer& officer,
                            const News& news) const;
};

/// Trimmed. invalid "missing", "too_long", "not_utf8" with the field.
struct Wanted {
  std::string_view field;
  std::size_t most = most_words;  ///< characters
  bool needed = true;
};
Result<std::string> checked_text(std::string_view text, const Wanted& wanted);
Result<void> check_author(const Author& author);

/// One at a time of a person, so that two windows do not pass a limit together.
Result<void> take_turn(store::Transaction& tx, std::string_view what, PersonId person);

/// Names of an enumeration, both ways.
template <class E, std::size_t N>
using Names = std::array<std::pair<E, std::string_view>, N>;
template <class E, std::size_t N>
std::string_view name_in(const Names<E, N>& names, E value) {
  for (const auto& [known, name] : names)
    if (known == value) return name;
  return {};
}
template <class E, std::size_t N>
std::optional<E> value_in(const Names<E, N>& names, std::string_view text) {
  for (const auto& [known, name] : names)
    if (name == text) return known;
  return std::nullopt;
}
/// Of what this room wrote itself.
template <class T>
T stored(std::optional<T> value) {
  MINBEN_ASSERT(value.has_value());
  return *value;
}

}  // namespace minben::voices

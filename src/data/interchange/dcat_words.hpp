#pragma once
// Small conversions between members and the terms of DCAT.
#include <optional>
#include <string>

#include "catalogue/vocabulary.hpp"
#include "dcat.hpp"

namespace minben::interchange {

inline constexpr std::string_view eu_authority{"http://publications.europa.eu/resource/authority/"};
inline constexpr std::string_view media_types{"http://www.iana.org/assignments/media-types/"};

/// IRI of the EU language table (or of ISO 639-1 at id.loc.gov); "" when neither has the tag.
std::string language_iri(std::string_view tag);
std::string language_of(std::string_view iri);  ///< "" when unknown

/// xsd:dateTime (without a zone: UTC), xsd:date, xsd:gYearMonth, xsd:gYear, also with a space for
/// the T.
std::optional<Instant> read_time(std::string_view text);
/// The day, or the first or last day of a month or year.
std::optional<Date> read_day(std::string_view text, bool last);

/// Percent-encodes all but unreserved characters and those in `also`.
std::string percent_encoded(std::string_view text, std::string_view also = {});
/// What is no %XX stays as it is.
std::string percent_decoded(std::string_view text);

bool has_han(std::string_view text);         ///< a Chinese character in it
bool is_web_address(std::string_view text);  ///< http, https or ftp
/// [a-z0-9-], at most 60 characters; "" when nothing is left.
std::string slug(std::string_view text);
/// Always the same for the same text (a version 8 UUID of RFC 9562 from a hash).
Uuid uuid_of(std::string_view text);
/// The UUID at the end of an address of ours.
std::optional<Uuid> uuid_at_end(std::string_view iri);

}  // namespace minben::interchange

#pragma once
// Private: what all form controls share (label, hint, error, their ids).
#include <string>

#include "components.hpp"

namespace minben::page {

/// The ids a control points to with aria-describedby.
struct Described {
  explicit Described(const Field& field);
  std::string id;
  std::string hint_id;   ///< "" when there is no hint
  std::string error_id;  ///< "" when there is no error
};

void open_group(Writer& page, const Field& field);
void close_group(Writer& page);
void label(Writer& page, const Field& field, const Described& described);
void hint_and_error(Writer& page, const Field& field, const Described& described);
/// ` aria-describedby="…"`, or nothing. `extra` is one more id.
void described_by(Writer& page, const Described& described, std::string_view extra = {});
/// Fieldset with the field's label as legend around `content`.
void field_fieldset(Writer& page, const Field& field, const Described& described, bool group_role,
                    Content content);

}  // namespace minben::page

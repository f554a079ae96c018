#pragma once
// Names that reading and writing of CKAN share.
#include <array>
#include <string_view>

#include "ckan.hpp"

namespace minben::interchange {

/// What a platform says of itself; never kept.
inline constexpr std::array<std::string_view, 27> ckan_platform{"id",
                                                                "creator_user_id",
                                                                "isopen",
                                                                "license_title",
                                                                "license_url",
                                                                "metadata_created",
                                                                "metadata_modified",
                                                                "num_resources",
                                                                "num_tags",
                                                                "organization",
                                                                "owner_org",
                                                                "private",
                                                                "state",
                                                                "relationships_as_object",
                                                                "relationships_as_subject",
                                                                "revision_id",
                                                                "tracking_summary",
                                                                "package_id",
                                                                "created",
                                                                "position",
                                                                "datastore_active",
                                                                "cache_url",
                                                                "cache_last_updated",
                                                                "last_modified",
                                                                "url_type",
                                                                "resource_group_id",
                                                                "help"};
inline constexpr std::string_view ckan_own_key{"minben"};  ///< of resources; extras begin "minben:"

/// Members that a package of ours carries in full.
JsonObject ckan_package(const catalogue::Dataset& dataset, const catalogue::Publisher& publisher,
                        const CkanFacts& facts);
JsonObject ckan_resource(const catalogue::Dataset& dataset, std::size_t index,
                         const CkanFacts& facts);
/// Without what "minben" members say.
catalogue::Dataset read_ckan_members(const JsonObject& package, catalogue::Publisher& publisher,
                                     Errors& faults);
/// Over what was read of members that both have.
Result<catalogue::Dataset> overlaid(const catalogue::Dataset& dataset, const JsonObject& package);
/// Adds "minben" members: what reading would not give back.
void complete_ckan(JsonObject& package, const catalogue::Dataset& dataset);

}  // namespace minben::interchange

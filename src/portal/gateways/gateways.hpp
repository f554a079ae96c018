#pragma once
// Pages of one gateway for who operates it: how it did in the last day, what it would decide, the
// level of its log. They are part of the gateway's program and need no platform and no database.
//
// Deny by default (docs/decisions/0018-gateway-pages.md): only from the gateway's own machine
// (gateway::Operations::is_near), and only after signing in with the text of STATE/admin.token.
// Forms carry a token of the session. No script at all.
#include <filesystem>

#include "gateway/operations.hpp"

namespace minben::gateways {

/// GET /gateway, /{zh-Hant,en}/gateway and below, and /static/{file}. `static_files`: with
/// manifest.json, as web/build.sh writes it. Clock and random outlive the gateway. Errors: those of
/// page::Assets::load.
Result<gateway::OperatorRoutes> pages(const std::filesystem::path& static_files, const Clock& clock,
                                      Random& random);

}  // namespace minben::gateways

#pragma once

namespace grumble::app {

/// The project's version, from CMakeLists.txt.
inline constexpr char kVersion[] = GRUMBLE_VERSION;

}  // namespace grumble::app

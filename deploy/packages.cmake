# CPack's settings. `cpack -G DEB` in a folder configured with FF_DEBIAN and the prefix /usr.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME flops-fit)
set(CPACK_PACKAGE_VENDOR flops-fit)
set(CPACK_PACKAGE_CONTACT "flops-fit maintainers <flops-fit@localhost>")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "scaling-law experiments: planned, trained, fitted, shown")
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL ${_components})
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
# Debian 12 reads it; xz would take minutes for LibTorch.
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_COMPONENT_COORDINATOR_DESCRIPTION "scaling-law experiments: the coordinator
 Keeps sweeps and their results, gives work to workers, fits scaling laws, serves the dashboard.")
set(CPACK_DEBIAN_COORDINATOR_PACKAGE_DEPENDS "flops-fit-web (>= ${PROJECT_VERSION}), init-system-helpers")
set(CPACK_DEBIAN_COORDINATOR_PACKAGE_SUGGESTS "slurm-client")
set(CPACK_COMPONENT_WORKER_DESCRIPTION "scaling-law experiments: the worker
 Trains what a coordinator gives it, on this host's devices.")
set(CPACK_DEBIAN_WORKER_PACKAGE_DEPENDS "init-system-helpers")
set(CPACK_DEBIAN_WORKER_PACKAGE_RECOMMENDS "flops-fit-trainer")
set(CPACK_COMPONENT_CLIENT_DESCRIPTION "scaling-law experiments: the command line
 Plans and starts sweeps, follows them, analyses results, draws figures.")
set(CPACK_DEBIAN_CLIENT_PACKAGE_RECOMMENDS "flops-fit-web")
set(CPACK_DEBIAN_CLIENT_PACKAGE_SUGGESTS "flops-fit-coordinator, flops-fit-worker, chromium")
set(CPACK_COMPONENT_WEB_DESCRIPTION "scaling-law experiments: the dashboard's files")
set(CPACK_DEBIAN_WEB_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_WEB_PACKAGE_SHLIBDEPS OFF)
set(CPACK_COMPONENT_TRAINER_DESCRIPTION "scaling-law experiments: the trainer and LibTorch
 The program that trains models, with the LibTorch it was built with in a folder of its own.")
# So that what it brings itself is not looked for in other packages.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${TORCH_INSTALL_PREFIX}/lib)
foreach(role coordinator worker)
  string(TOUPPER ${role} _ROLE)
  set(_scripts)
  foreach(script postinst prerm postrm)
    configure_file(${CMAKE_CURRENT_LIST_DIR}/debian/${script}.in
      ${CMAKE_CURRENT_BINARY_DIR}/debian/${role}/${script} @ONLY
      FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
    list(APPEND _scripts ${CMAKE_CURRENT_BINARY_DIR}/debian/${role}/${script})
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/debian/${role}/conffiles
    CONTENT "/etc/flops-fit/${role}.yaml\n")
  set(CPACK_DEBIAN_${_ROLE}_PACKAGE_CONTROL_EXTRA ${_scripts}
    ${CMAKE_CURRENT_BINARY_DIR}/debian/${role}/conffiles)
endforeach()
include(CPack)

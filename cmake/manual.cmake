# Man pages and completions, which the program writes about itself.
if(HASHLENS_SANITIZE)
  return()
endif()
find_program(GZIP_PROGRAM gzip REQUIRED)
set(manual_dir ${CMAKE_BINARY_DIR}/manual)
set(program $<TARGET_FILE:hashlens>)
add_custom_command(OUTPUT ${manual_dir}/stamp
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${manual_dir}
  COMMAND ${program} manual man ${manual_dir}/man1
  COMMAND ${GZIP_PROGRAM} -9 -n -r ${manual_dir}/man1
  COMMAND sh -c "\"$0\" completion bash > \"$1/bash\" && \"$0\" completion zsh > \"$1/zsh\" && \"$0\" completion fish > \"$1/fish\""
    ${program} ${manual_dir}
  COMMAND ${CMAKE_COMMAND} -E touch ${manual_dir}/stamp
  DEPENDS hashlens COMMENT "Writing man pages and completions" VERBATIM)
add_custom_target(hashlens_manual ALL DEPENDS ${manual_dir}/stamp)

# OPTIONAL: a build of single targets may not have made them.
install(DIRECTORY ${manual_dir}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT program OPTIONAL)
install(FILES ${manual_dir}/bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME hashlens
  COMPONENT program OPTIONAL)
install(FILES ${manual_dir}/fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME hashlens.fish
  COMPONENT program OPTIONAL)
install(FILES ${manual_dir}/zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _hashlens COMPONENT generic OPTIONAL)
# Debian's own folder for what packages bring.
install(FILES ${manual_dir}/zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _hashlens
  COMPONENT debian EXCLUDE_FROM_ALL)

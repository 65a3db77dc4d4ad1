"""Backups of an installation, and the installation made again from one."""

"""stub to be replaced"""
from mriview.scans.volume import Role
def role_of(acquisition, grid, time_points):
    return Role(), ()
